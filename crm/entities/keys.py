"""What records are compared by: columns that follow from others (C-3). Pure: values in, values out."""

from collections.abc import Mapping
from typing import Any

from crm import text
from crm.text.folding import SEPARATOR

Values = Mapping[str, Any]


def customer_keys(values: Values) -> dict[str, str | None]:
    """The columns by which customers are compared."""
    name = values.get("name") or ""
    return {
        "name_key": text.fold(name)[:200],
        "core_key": text.name_core(name)[:200],
        "short_key": short_key(values.get("short_name")),
        "phone_key": phone_key(values.get("phone")),
        "tax_key": tax_key(values.get("tax_number")),
        "email_key": email_key(values.get("email")),
        "website_key": website_key(values.get("website")),
    }


def contact_keys(values: Values) -> dict[str, str | None]:
    """The columns by which contacts are compared."""
    return {"mobile_key": phone_key(values.get("mobile")), "email_key": email_key(values.get("email"))}


def folded_code(code: str | None) -> str:
    """What is the same of codes that are one code: SO-0096, so-0096, ＳＯ-0096."""
    return text.fold(code or "")[:200]


def code_key(values: Values) -> str:
    """The folded code. Records whose codes clashed before there was a rule stay distinguishable by what the upgrade put
    after it, until one gets another code."""
    key, stored = folded_code(values.get("code")), values.get("code_key") or ""
    return stored if stored.startswith(key + SEPARATOR) else key


def phone_key(phone: str | None) -> str | None:
    return text.phone_key(phone or "")[:60] or None


def short_key(short_name: str | None) -> str | None:
    """The core of the short name, to be compared with the cores of names."""
    return text.name_core(short_name or "")[:100] or None


def tax_key(tax_number: str | None) -> str | None:
    """Letters and digits only, so that blanks and dashes make no difference; nothing for 00000000."""
    key = "".join(c for c in text.fold(tax_number or "") if c.isalnum())[:40]
    return None if text.is_placeholder(key) else key


def email_key(email: str | None) -> str | None:
    return text.fold(email or "")[:200] or None


def website_key(website: str | None) -> str | None:
    return text.website_key(website or "")[:200] or None
