"""Yes and no."""

from crm.i18n import N_
from crm.spreadsheets.cleaning.texts import Warn, as_text, ignore_warnings
from crm.spreadsheets.errors import CleaningError
from crm.spreadsheets.sheet import Cell
from crm.text import fold

_YES = frozenset("是 有 对 y yes v true t 1 on ✓ ✔ √ ☑ ○ 〇".split())
_NO = frozenset("否 无 没有 不 非 n no f false 0 off ✗ ✘ × x ☐ - —".split())


def yes_no(value: Cell, warn: Warn = ignore_warnings) -> bool | None:
    """None for an empty cell; raises CleaningError for anything that is neither."""
    if value is None or isinstance(value, bool):
        return value
    folded = fold(as_text(value))
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    if not folded:
        return None
    raise CleaningError(N_("“%(value)s” is neither yes nor no."), value=as_text(value))
