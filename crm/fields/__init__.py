"""Types of fields: how a text becomes a value and a value becomes text. Knows nobody above."""
