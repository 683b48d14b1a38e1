"""Types of fields: how a text becomes a value and a value becomes text. Imports nothing of the layers above."""
