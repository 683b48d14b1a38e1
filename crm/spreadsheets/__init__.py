"""Spreadsheets: reading what people send, cleaning its cells, writing what they take along. No Flask."""
