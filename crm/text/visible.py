"""Texts of strangers in a log (hostile case 56)."""


def escape_invisible(text: str) -> str:
    """In one line: what cannot be seen is written as Python writes it."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
