"""Amounts in words, as documents state them so that nobody changes a figure (大寫金額, A-11)."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
MAX_AMOUNT = Decimal(10) ** 16

_DIGITS = {"zh_Hant": "零壹貳參肆伍陸柒捌玖", "zh_Hans": "零壹贰叁肆伍陆柒捌玖"}
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = {"zh_Hant": ("", "萬", "億", "兆"), "zh_Hans": ("", "万", "亿", "万亿")}
_MINUS = {"zh_Hant": "負", "zh_Hans": "负"}
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_THOUSANDS = ("", " thousand", " million", " billion", " trillion", " quadrillion")


def amount_in_words(amount: Decimal | None, language: str) -> str:
    """壹萬貳仟參佰肆拾伍元陸角柒分; in English "Twelve thousand three hundred forty-five and 67/100".

    Rounded half up to the cent. Empty for None and for what is too large to be money.
    """
    if amount is None or abs(amount) >= MAX_AMOUNT:
        return ""
    cents = int(abs(amount).quantize(CENT, ROUND_HALF_UP).scaleb(2))
    minus = amount < 0 and cents > 0
    if language not in _DIGITS:
        return _in_english(cents, minus)
    return (_MINUS[language] if minus else "") + _in_chinese(cents, language)


def _in_chinese(cents: int, language: str) -> str:
    digits = _DIGITS[language]
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    words = _whole_number(yuan, language) + "元" if yuan else ""
    if not jiao and not fen:
        return (words or digits[0] + "元") + "整"
    if jiao:
        words += digits[jiao] + "角"
    elif words:
        words += digits[0]
    return words + (digits[fen] + "分" if fen else "整")


def _whole_number(number: int, language: str) -> str:
    """Groups of four digits from the left; one 零 stands for any zeros between two digits that are said."""
    digits, groups = _DIGITS[language], _GROUPS[language]
    words, gap = "", False
    for power in range(len(groups) - 1, -1, -1):
        group = number // 10_000**power % 10_000
        if not group:
            gap = bool(words)
            continue
        if words and (gap or group < 1000):
            words += digits[0]
        words += _group(group, digits) + groups[power]
        gap = False
    return words.replace("万亿", "万" if number // 10**8 % 10_000 else "万亿") if language == "zh_Hans" else words


def _group(group: int, digits: str) -> str:
    """One to 9999."""
    words, gap = "", False
    for power in (3, 2, 1, 0):
        digit = group // 10**power % 10
        if not digit:
            gap = bool(words)
            continue
        words += (digits[0] if gap else "") + digits[digit] + _PLACES[power]
        gap = False
    return words


def _in_english(cents: int, minus: bool) -> str:
    dollars, cents_left = divmod(cents, 100)
    words = _english_number(dollars) + f" and {cents_left:02d}/100"
    words = "minus " + words if minus else words
    return words[0].upper() + words[1:]


def _english_number(number: int) -> str:
    if not number:
        return "zero"
    parts = []
    for power in range(len(_THOUSANDS) - 1, -1, -1):
        group = number // 1000**power % 1000
        if group:
            parts.append(_english_group(group) + _THOUSANDS[power])
    return " ".join(parts)


def _english_group(group: int) -> str:
    """One to 999."""
    hundreds, remainder = divmod(group, 100)
    words = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if 0 < remainder < 20:
        words.append(_ONES[remainder])
    elif remainder:
        words.append(_TENS[remainder // 10] + (f"-{_ONES[remainder % 10]}" if remainder % 10 else ""))
    return " ".join(words)
