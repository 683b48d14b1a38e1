"""Products and their categories (G-1, G-2)."""
