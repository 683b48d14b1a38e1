"""Finding customers that may be duplicates of the typed one, and why (C-3)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from crm import text
from crm.domain.customers.duplicates import keys as kinds
from crm.domain.customers.duplicates.keys import ATTRIBUTES, MIN_SHORT_NAME_LENGTH, MatchKey, match_keys
from crm.entities.keys import tax_key
from crm.entities.search_index import contains_number
from crm.i18n import N_
from crm.models import Contact, Customer

MAX_SHOWN = 20
MAX_EXAMINED = 500
NOTHING = cast(null(), String)

# Why: the strongest first. The words are shown to people.
REASONS = {
    "name": N_("Same name"),
    "tax_number": N_("Same tax number"),
    "core": N_("Same name apart from company type"),
    "mobile": N_("Same mobile"),
    "email": N_("Same email"),
    "website": N_("Same website"),
    "phone": N_("Same telephone"),
    "local_phone": N_("Same telephone apart from the area code"),
    "short_name": N_("Same short name"),
}
RANK = {reason: rank for rank, reason in enumerate(REASONS)}
CERTAIN = frozenset({"name", "tax_number"})
TELLING_LOCAL = 8
"""A shorter number without its area code is somebody else's in each town."""
VAGUE = frozenset({"short_name", "local_phone"})


@dataclass(frozen=True)
class DuplicateMatch:
    """A customer that may be the same as the typed one: only what everybody may know of it.

    `reasons` are keys of REASONS, the strongest first; `fields` the typed fields that matched. `sure` is false where
    it may well be another: only the short name or a number without its area code is alike, or the tax numbers differ.
    """

    id: int
    name: str
    owner_id: int | None
    pool: str
    reasons: tuple[str, ...]
    fields: tuple[str, ...]
    is_certain: bool

    @property
    def reason_labels(self) -> tuple[str, ...]:
        """The reasons as message ids."""
        return tuple(REASONS[reason] for reason in self.reasons)


def find_duplicates(
    session: Session,
    values: Mapping[str, Any],
    attributes: Collection[str] = ATTRIBUTES,
    other_than: int | None = None,
) -> list[DuplicateMatch]:
    """Possible duplicates of the typed values in the whole firm, the likeliest first; deleted ones never."""
    return find_duplicates_by_keys(
        session, match_keys(values, attributes), attributes, tax_key(values.get("tax_number")), other_than
    )


def find_duplicates_by_keys(
    session: Session,
    keys: Sequence[MatchKey],
    attributes: Collection[str],
    tax: str | None = None,
    other_than: int | None = None,
) -> list[DuplicateMatch]:
    """The same by keys; `tax` is the tax number's key of the typed customer, whether it is compared or not."""
    parts = [part for key in keys for part in _lookups(session, key)]
    if not parts:
        return []
    reasons: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in session.execute(union_all(*parts).limit(MAX_EXAMINED)):
        for reason in (row.reason,) if row.number is None else _number_reasons(row, attributes):
            if row.id != other_than:
                reasons[row.id][reason].append(row.field)
    if not reasons:
        return []
    columns = (Customer.id, Customer.name, Customer.owner_id, Customer.pool, Customer.tax_key, Customer.pinyin)
    rows = session.execute(select(*columns).where(Customer.id.in_(reasons), Customer.deleted_at.is_(None))).all()
    ranked = [(_match(row, reasons[row.id], tax), row.pinyin) for row in rows]
    ranked.sort(key=lambda match: (not match[0].is_certain, _strength(match[0]), match[1], match[0].id))
    return [match for match, _ in ranked[:MAX_SHOWN]]


def _match(row: Any, matched: Mapping[str, list[str]], tax: str | None) -> DuplicateMatch:
    reasons = sorted(matched, key=RANK.__getitem__)
    if "name" in reasons and "core" in reasons:
        reasons.remove("core")
    if reasons[0] in ("name", "core") and "short_name" in reasons:
        reasons.remove("short_name")
    fields = tuple(dict.fromkeys(field for reason in reasons for field in matched[reason]))
    other_firm = bool(tax and row.tax_key and tax != row.tax_key)
    is_certain = bool(CERTAIN & set(reasons)) or (not VAGUE.issuperset(reasons) and not other_firm)
    return DuplicateMatch(row.id, row.name, row.owner_id, row.pool, tuple(reasons), fields, is_certain)


def _strength(match: DuplicateMatch) -> tuple[int, int]:
    return RANK[match.reasons[0]], -len(match.reasons)


def _lookups(session: Session, match_key: MatchKey) -> Iterator[Select[Any]]:
    """Each answered by an index: the typed field, why, the id; of a number the texts that may hold it."""
    field, kind, key = match_key
    if kind == kinds.NUMBER:
        (number,) = text.phone_numbers(key)
        for model in (Customer, Contact):
            held = contains_number(session, model, min((*number.local, number.national), key=len))
            yield _numbers(field, key, model).where(held, model.deleted_at.is_(None))
        return
    for column, reason in COMPARED[kind]:
        if column is Customer.short_key and len(key) < MIN_SHORT_NAME_LENGTH:
            continue
        model = column.class_
        lookup = _lookup_columns(field, reason, None, _owner(model), NOTHING, NOTHING)
        yield lookup.where(column == key, model.deleted_at.is_(None))


COMPARED: dict[str, tuple[tuple[Any, str], ...]] = {
    kinds.FULL: ((Customer.name_key, "name"),),
    kinds.CORE: ((Customer.core_key, "core"), (Customer.short_key, "short_name")),
    kinds.SHORT: ((Customer.core_key, "short_name"), (Customer.short_key, "short_name")),
    kinds.EMAIL: ((Customer.email_key, "email"), (Contact.email_key, "email")),
    kinds.TAX_NUMBER: ((Customer.tax_key, "tax_number"),),
    kinds.WEBSITE: ((Customer.website_key, "website"),),
}
"""In which columns a key is searched, and what a match there means."""


def _numbers(field: str, key: str, model: Any) -> Select[Any]:
    """A field may hold several numbers, so the full text is asked; its answers are compared number by number."""
    return _lookup_columns(field, "", key, _owner(model), model.mobile if model is Contact else NOTHING, model.phone)


def _number_reasons(row: Any, attributes: Collection[str]) -> Iterator[str]:
    """Telephones are compared with telephones, the contacts' too; who looks on mobiles compares every typed
    number with mobiles, and a mobile with telephones."""
    (number,) = text.phone_numbers(row.number)
    by_phone = kinds.PHONE in attributes or row.field == "main_mobile"
    if kinds.MOBILE in attributes and text.same_phone(number, row.mobile or "") == text.SAME:
        yield "mobile"
    elif by_phone and (likeness := text.same_phone(number, row.phone or "", TELLING_LOCAL)):
        yield "phone" if likeness == text.SAME else "local_phone"


def _owner(model: Any) -> Any:
    return Contact.customer_id if model is Contact else Customer.id


def _lookup_columns(field: str, reason: str, number: str | None, owner: Any, mobile: Any, phone: Any) -> Select[Any]:
    return select(
        literal(field).label("field"),
        literal(reason).label("reason"),
        (NOTHING if number is None else literal(number)).label("number"),
        owner.label("id"),
        mobile.label("mobile"),
        phone.label("phone"),
    )
