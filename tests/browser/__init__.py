"""Scenarios driven through a browser in each way of working; README.md tells how to write one."""
