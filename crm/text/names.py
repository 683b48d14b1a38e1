"""The core of a company's name, for finding duplicates (C-3)."""

from __future__ import annotations

import re

from crm.text.folding import MARKS, fold

_CHINESE = (
    "股份有限责任公司 股份有限公司 有限责任公司 有限公司 股份公司 集团公司 责任公司 总公司 公司 集团 控股 "
    "株式会社 有限会社 (股) (有) (株) 股份"
)
_LATIN = (
    "co|coltd|company|corp|corporation|inc|incorporated|ltd|limited|llc|llp|lp|plc|gmbh|ag|kg|sarl|"
    "bv|nv|oy|ab|spa|srl|pty|pte|kk|bhd|sdn|group|holding|holdings"
)
MAX_LENGTH = 300
_BRANCHES = ("分公司", "子公司")
_CHINESE_ENDS = tuple(_CHINESE.split())
_LATIN_END = re.compile(rf"(?<![a-z0-9])(?:{_LATIN})$")
# Written in two ways in Traditional, or turned by words rather than by characters: 傢俱 and 家具, 鉅 and 钜.
_OTHER_WRITING = {"家俱": "家具", "想像": "想象", "座标": "坐标", "钜": "巨", "敍": "叙", "幺": "么"}
_OTHER = re.compile("|".join(_OTHER_WRITING))
_DOTTED = re.compile(r"\b([a-z])\.(?=[a-z]\b)")  # l.l.c. → llc


def name_core(name: str) -> str:
    """The folded name without marks, blanks and, at its end, the words for the kind of company.

    台灣積體電路製造股份有限公司 → 台湾积体电路制造; "Acme Co., Ltd." → acme. A branch keeps its 分公司:
    it is another customer. Empty only where the folded name is; a name of such words alone stays whole.
    """
    folded = _OTHER.sub(lambda match: _OTHER_WRITING[match[0]], fold(name[:MAX_LENGTH]))
    core = MARKS.sub("", _without_kind(_DOTTED.sub(r"\1", folded)))
    return core or MARKS.sub("", folded) or folded


def _without_kind(name: str) -> str:
    while name:
        shorter = _without_marks_at_end(name)
        if not shorter.endswith(_BRANCHES):
            ends = next((end for end in _CHINESE_ENDS if shorter.endswith(end)), "")
            shorter = _LATIN_END.sub("", shorter.removesuffix(ends), count=1)
        if shorter == name:
            break
        name = shorter
    return name


def _without_marks_at_end(name: str) -> str:
    """Without trailing marks, but (股) and (有), short for 股份 and 有限, are words and not marks."""
    if name.endswith(("(股)", "(有)", "(株)")):
        return name
    end = len(name)
    while end and MARKS.fullmatch(name[end - 1]):
        end -= 1
    return name[:end]
