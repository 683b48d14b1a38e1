"""Text as people type it: one fold for comparing, pinyin codes, core names, telephones, search.

No Flask, no database. Heavy libraries are imported at the first use, not at the start.
"""

from crm.domain.text.folding import fold, simplify, tidy
from crm.domain.text.hosts import website_key
from crm.domain.text.names import name_core
from crm.domain.text.phones import digits, index_phone, phone_key, phone_keys
from crm.domain.text.pinyin import pinyin_code
from crm.domain.text.placeholders import says_nothing
from crm.domain.text.search import index_text, like_pattern, match_query, search_text

__all__ = [
    "digits",
    "fold",
    "index_phone",
    "index_text",
    "like_pattern",
    "match_query",
    "name_core",
    "phone_key",
    "phone_keys",
    "pinyin_code",
    "says_nothing",
    "search_text",
    "simplify",
    "tidy",
    "website_key",
]
