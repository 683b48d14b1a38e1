"""Text as people type it: one fold for comparing, pinyin codes, core names, telephones, search.

No Flask, no database. Heavy libraries are imported at the first use, not at the start.
"""

from crm.text.characters import (
    REPLACED,
    has_visible_text,
    is_blank,
    is_invisible,
    one_line,
    several_lines,
    verbatim,
)
from crm.text.dates import DateProblem, written_moment
from crm.text.folding import fold, normalize_display, simplify
from crm.text.hosts import website_key
from crm.text.logins import is_of_one_script, login_key, login_skeleton, normalize_login
from crm.text.names import name_core
from crm.text.numbers import half_width, written_number
from crm.text.patterns import as_glob, as_regex, fold_patterns, longest_literal
from crm.text.phones import (
    SAME,
    PhoneNumber,
    dialled,
    digits,
    index_phone,
    parse_phone,
    phone_key,
    phone_keys,
    phone_numbers,
    same_phone,
)
from crm.text.pinyin import pinyin_code
from crm.text.placeholders import is_placeholder
from crm.text.search_terms import index_text, match_query, search_text, terms, trigrams
from crm.text.web_addresses import normalize_url

__all__ = [
    "REPLACED",
    "SAME",
    "DateProblem",
    "PhoneNumber",
    "as_glob",
    "as_regex",
    "dialled",
    "digits",
    "fold",
    "fold_patterns",
    "half_width",
    "has_visible_text",
    "index_phone",
    "index_text",
    "is_blank",
    "is_invisible",
    "is_of_one_script",
    "is_placeholder",
    "login_key",
    "login_skeleton",
    "longest_literal",
    "match_query",
    "name_core",
    "normalize_display",
    "normalize_login",
    "normalize_url",
    "one_line",
    "parse_phone",
    "phone_key",
    "phone_keys",
    "phone_numbers",
    "pinyin_code",
    "same_phone",
    "search_text",
    "several_lines",
    "simplify",
    "terms",
    "trigrams",
    "verbatim",
    "website_key",
    "written_moment",
    "written_number",
]
