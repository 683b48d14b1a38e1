"""What a customer's values are compared by (C-3)."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from crm import text
from crm.entities.keys import email_key, short_key, tax_key, website_key

NAME, PHONE, MOBILE, EMAIL, TAX_NUMBER, WEBSITE = "name", "phone", "mobile", "email", "tax_number", "website"
ATTRIBUTES = (NAME, PHONE, MOBILE, EMAIL, TAX_NUMBER, WEBSITE)
"""What the policy can choose (P-3)."""

MIN_PHONE_LENGTH = 6
MIN_SHORT_NAME_LENGTH = 2
MAX_NUMBERS = 5

FULL, CORE, SHORT, NUMBER = "full", "core", "short", "number"
"""Kinds of keys: the folded name, its core, the short name's core, a telephone number; the others are called as
their attribute."""


class MatchKey(NamedTuple):
    """A typed value in its compared form. `field` is where it was typed, for messages beside it."""

    field: str
    kind: str
    key: str


def match_keys(values: Mapping[str, Any], attributes: Collection[str] = ATTRIBUTES) -> list[MatchKey]:
    """What to look for; `values` has the names of the customer's form. Placeholders (無, 0, 00000000) give nothing."""
    return list(dict.fromkeys(key for key in _keys(values, attributes) if not text.is_placeholder(key.key)))


def _keys(values: Mapping[str, Any], attributes: Collection[str]) -> Iterator[MatchKey]:
    def typed(field: str) -> str:
        value = str(values.get(field) or "")
        return "" if text.is_placeholder(value) else value

    if NAME in attributes:
        yield from _name_keys(typed("name"), typed("short_name"))
    if TAX_NUMBER in attributes:
        yield MatchKey("tax_number", TAX_NUMBER, tax_key(typed("tax_number")) or "")
    if EMAIL in attributes:
        yield MatchKey("email", EMAIL, email_key(typed("email")) or "")
    if WEBSITE in attributes:
        yield MatchKey("website", WEBSITE, website_key(typed("website")) or "")
    for field, needed in (("phone", {PHONE, MOBILE}), ("main_mobile", {MOBILE})):
        if needed & set(attributes):
            for number in text.phone_numbers(typed(field))[:MAX_NUMBERS]:
                if len(number.national) >= MIN_PHONE_LENGTH and not text.is_placeholder(number.national):
                    yield MatchKey(field, NUMBER, number.written[:60])


def _name_keys(name: str, short_name: str) -> Iterator[MatchKey]:
    if name:
        yield MatchKey("name", FULL, text.fold(name)[:200])
        yield MatchKey("name", CORE, text.name_core(name)[:200])
    short = short_key(short_name) or ""
    if len(short) >= MIN_SHORT_NAME_LENGTH:
        yield MatchKey("short_name", SHORT, short)
