"""Text as people type it: one fold for comparing, pinyin codes, core names, telephones, search.

No Flask, no database. Heavy libraries are imported at the first use, not at the start.
"""

from crm.text.characters import (
    REPLACED,
    is_blank,
    is_invisible,
    one_line,
    says_something,
    several_lines,
    verbatim,
)
from crm.text.dates import DateProblem, written_moment
from crm.text.folding import fold, simplify, tidy
from crm.text.hosts import website_key
from crm.text.logins import is_of_one_script, login_key, login_look, plain_login
from crm.text.names import name_core
from crm.text.numbers import half_width, written_number
from crm.text.patterns import alike, anchor, as_glob, as_regex
from crm.text.phones import (
    SAME,
    Number,
    dialled,
    digits,
    index_phone,
    one_number,
    phone_key,
    phone_keys,
    phone_numbers,
    same_phone,
)
from crm.text.pinyin import pinyin_code
from crm.text.placeholders import says_nothing
from crm.text.search_terms import index_text, match_query, pieces, search_text, terms
from crm.text.web_addresses import web_address

__all__ = [
    "REPLACED",
    "SAME",
    "DateProblem",
    "Number",
    "alike",
    "anchor",
    "as_glob",
    "as_regex",
    "dialled",
    "digits",
    "fold",
    "half_width",
    "index_phone",
    "index_text",
    "is_blank",
    "is_invisible",
    "is_of_one_script",
    "login_key",
    "login_look",
    "match_query",
    "name_core",
    "one_line",
    "one_number",
    "phone_key",
    "phone_keys",
    "phone_numbers",
    "pieces",
    "pinyin_code",
    "plain_login",
    "same_phone",
    "says_nothing",
    "says_something",
    "search_text",
    "several_lines",
    "simplify",
    "terms",
    "tidy",
    "verbatim",
    "web_address",
    "website_key",
    "written_moment",
    "written_number",
]
