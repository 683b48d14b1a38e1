"""The editor of a document's lines, shared by quotes and orders (SO-1, QT-1)."""

from crm.web.lines.editor import Lines, default_rate, save_document
from crm.web.lines.rows import blank_row

__all__ = ["Lines", "blank_row", "default_rate", "save_document"]
