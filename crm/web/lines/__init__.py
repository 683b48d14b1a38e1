"""The editor of a document's lines, shared by quotes and orders (SO-1, QT-1)."""

from crm.web.lines.editor import Lines, save_document
from crm.web.lines.rows import blank_row, starting_texts

__all__ = ["Lines", "blank_row", "save_document", "starting_texts"]
