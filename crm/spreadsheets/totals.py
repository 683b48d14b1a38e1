"""Rows that only add up others (合計, 小計, Total): no records, though they stand among them (I-5)."""

import re
from collections.abc import Sequence

from crm.spreadsheets.cleaning.texts import as_text, is_placeholder
from crm.spreadsheets.headings import normalize_heading
from crm.spreadsheets.sheet import Cell
from crm.spreadsheets.unreadable import Unreadable
from crm.text import written_number

_LONGEST = 30
_OF = "本页|本月|本季|本年|本期|本日|当页|当月|当日|年度|全年|全部|以上|各项|金额|数量|应收|已收|未收|月|日|年"
_TOTAL = re.compile(
    rf"(?:{_OF})*(?:合计|总计|小计|共计|累计|统计|总和|总额|总数|加总|汇总|总合计|合计数)(?:数|数量|金额|笔数|户数)?"
    r"|(?:grand|sub|page)?totals?|sum(?:total)?|total(?:amount|sum)",
)
_WITH_UNIT = re.compile(r"(?:共|约)?\s*([-+0-9.,%$¥￥]+)\s*(?:[\u4e00-\u9fff]{0,3}|[A-Za-z]{0,10}\.?)")


def is_total(cells: Sequence[Cell]) -> bool:
    """Whether the first cell that holds something is a word for a sum, and the others are numbers or say nothing."""
    filled = [cell for cell in cells if cell is not None and cell != ""]
    if not filled or not isinstance(filled[0], str) or len(filled[0]) > _LONGEST:
        return False
    first, *rest = filled
    return bool(_TOTAL.fullmatch(normalize_heading(str(first)))) and all(_is_number(cell) for cell in rest)


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return False
    if isinstance(cell, (int, float, Unreadable)):
        return True
    text = as_text(cell).strip() if isinstance(cell, str) else ""
    if not text:
        return isinstance(cell, str)
    found = _WITH_UNIT.fullmatch(text)
    return is_placeholder(text) or written_number(text) is not None or bool(found and any(c.isdigit() for c in text))
