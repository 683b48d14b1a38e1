"""Rows that only add up others (合計, 小計, Total): no records, though they stand among them (I-5)."""

import re
from collections.abc import Sequence

from crm.spreadsheets.cleaning.texts import as_text, is_blank_or_placeholder
from crm.spreadsheets.headings import normalize_heading
from crm.spreadsheets.sheet import Cell
from crm.spreadsheets.unreadable import Unreadable
from crm.text import fold, written_number

_MAX_LENGTH = 30
_OF = (
    "本页|本月|本季|本年|本期|本日|当页|当月|当日|年度|全年|全部|以上|各项|金额|数量|应收|已收|未收|客户|商品|联系人"
    r"|[0-9]{1,4}|月|日|年|季"
)
_SUM = "合计|总计|小计|共计|累计|总合计"
_TOTAL = re.compile(
    rf"(?:{_OF})*(?:{_SUM}|统计|总和|总共|总额|总数|总金额|总笔数|总户数|加总|汇总|合计数|平均值?|[Σ∑])"
    r"(?:数|数量|金额|笔数|户数)?"
    rf"|[\u4e00-\u9fff]{{1,4}}[区部组店处课](?:{_SUM})"
    r"|(?:grand|sub|page)?totals?|sum(?:total)?|total(?:amount|sum)|average",
)
_WITH_NUMBER = re.compile(
    r"(?P<word>[^0-9:]{1,12}?):?(?:共|约)?(?:NT|US)?[$¥]?[0-9][0-9.,]*(?:元整?|[笔户家位人项件个条]?)",
    re.IGNORECASE,
)
_WITH_UNIT = re.compile(
    r"(?:共|约|NT|USD?|RMB|TWD|CNY)?\s*([-+0-9.,%$¥￥]+)\s*(?:[\u4e00-\u9fff]{0,3}|[A-Za-z]{0,10}\.?)", re.IGNORECASE
)
_IN_WORDS = re.compile(
    r"(?:新[臺台][幣币]|人民[幣币])?[零壹贰貳叁參肆伍陆陸柒捌玖拾佰仟万萬亿億]+[元圆圓][整正]?.{0,10}"
)


def is_total(cells: Sequence[Cell]) -> bool:
    """Whether the first cell that holds something is a word for a sum, and the others are numbers or say nothing."""
    filled = [cell for cell in cells if cell is not None and cell != ""]
    if not filled or not isinstance(filled[0], str) or len(filled[0]) > _MAX_LENGTH:
        return False
    first, *rest = filled
    return _is_word(str(first)) and all(_is_number(cell) for cell in rest)


def _is_word(text: str) -> bool:
    """合計, and with the sum in the same cell: 合計：12,300元, 共 25 筆."""
    if _TOTAL.fullmatch(normalize_heading(text)):
        return True
    match = _WITH_NUMBER.fullmatch("".join(fold(text).split()))
    word = normalize_heading(match["word"]) if match else ""
    return word == "共" or bool(_TOTAL.fullmatch(word))


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return False
    if isinstance(cell, (int, float, Unreadable)):
        return True
    text = as_text(cell).strip() if isinstance(cell, str) else ""
    if not text:
        return isinstance(cell, str)
    match = _WITH_UNIT.fullmatch(text)
    return (
        is_blank_or_placeholder(text)
        or written_number(text) is not None
        or bool(match and any(c.isdigit() for c in text))
        or bool(_IN_WORDS.fullmatch(text))
    )
