"""Tests of the drivers themselves, on a small application that can do everything wrong."""
