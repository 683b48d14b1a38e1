"""Customers with their contacts, contact records, pool, owners, levels, duplicates, public search (02-customers)."""
