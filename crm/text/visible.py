"""Untrusted texts in a log (hostile case 56)."""


def escape_invisible(text: str) -> str:
    """The text in one line, with invisible characters escaped as in Python."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
