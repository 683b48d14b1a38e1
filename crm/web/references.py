"""Records that a form points to, found by typing: name, initials, code, telephone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_

from crm import text
from crm.domain.sales.receivables import paying_customers
from crm.entities import policy
from crm.entities.entity import Entity
from crm.entities.keys import folded_code
from crm.entities.registry import belonging_to, entity
from crm.entities.search_index import matches_search
from crm.errors import DomainError, NotAllowed
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer, Rights

MAX_OFFERED = 12


@dataclass(frozen=True)
class Source:
    """Where a kind of record is looked up, always through what the person may see.

    `named` is the column with the name or title: the record is shown by it and its code.
    """

    model: Any
    visible: Callable[[Rights], Select[Any]]
    named: Any
    order: tuple[ColumnElement[Any] | Any, ...]
    offers: ColumnElement[bool] | None = None
    """Which visible ones are offered; others are found by their whole code, where a record names them already."""

    key: Any = None
    """An indexed column with the folded name: with very many records the name alone would read them all."""

    hint: str = ""
    """The attribute that tells records of one name apart; it stands beside what is offered."""

    def exactly(self, typed: str) -> ColumnElement[bool]:
        """The condition that the record is called just so."""
        is_equal: ColumnElement[bool] = self.named == typed
        return is_equal if self.key is None else and_(self.key == text.fold(typed)[: self.key.type.length], is_equal)

    def named_exactly(self, visible: Select[Any], typed: str) -> Select[Any]:
        """Those that are called just so. SQLite would rather walk through all of one's own customers."""
        statement = visible.where(self.exactly(typed))
        if self.key is None:
            return statement
        table = self.model.__table__
        index = next(
            candidate.name for candidate in table.indexes if list(candidate.columns) == [table.c[self.key.key]]
        )
        return statement.with_hint(self.model, f"INDEXED BY {index}", "sqlite")

    def text(self, record: Any) -> str:
        name, code = getattr(record, self.named.key), getattr(record, "code", "")
        return f"{name} [{code}]" if code else str(name)

    def fits(self, record: Any, typed: str) -> bool:
        """Whether the name that stands before a code in brackets is the record's."""
        name = name_from(typed)
        return not name or text.fold(name) == text.fold(str(getattr(record, self.named.key)))


_VIEWS: dict[str, Source] = {}
"""Parts of a kind under a name of their own, as the customers who owe something."""


def declare_view(target: str, source: Source) -> None:
    _VIEWS[target] = source


def source_of(target: str, adding: str = "") -> Source:
    """Where records of a kind are looked up; those alone to which one of the kind `adding` can be added.

    Raises KeyError for a kind that nobody declares.
    """
    source = _VIEWS.get(target) or _source_of_kind(entity(target))
    if not adding:
        return source
    return replace(source, visible=lambda rights: policy.parents(adding, entity(target), rights))


def _source_of_kind(kind: Entity) -> Source:
    model = kind.model
    order = (model.pinyin, model.id) if hasattr(model, "pinyin") else (kind.named_column(), model.id)
    return Source(
        model,
        model.visible_to,
        kind.named_column(),
        order,
        kind.offered() if kind.offered else None,
        getattr(model, kind.name_key) if kind.name_key else None,
        kind.detail[0] if kind.detail else "",
    )


declare_view(
    "paying",
    Source(Customer, paying_customers, Customer.name, (Customer.pinyin, Customer.id), key=Customer.name_key),
)


def _rights() -> Rights:
    from crm.web.access import rights  # at call time: access and forms stand beside each other

    return rights()


def _offering(source: Source) -> Select[Any]:
    visible = source.visible(_rights())
    return visible if source.offers is None else visible.where(source.offers)


def belongs_to_customer(target: str) -> bool:
    """Whether records of the kind are one customer's: of a form's customer, where one stands there."""
    return any(kind.key == target for kind, _link in belonging_to("customers"))


def suggest(target: str, typed: str, adding: str = "", customer_id: int | None = None) -> list[Any]:
    """The first records that match what was typed; with `customer_id` those of the customer."""
    source = source_of(target, adding)
    statement = _offering(source).where(matches_search(db.session(), source.model, typed))
    if customer_id is not None:
        statement = statement.where(source.model.customer_id == customer_id)
    return list(db.session.scalars(statement.order_by(*source.order).limit(MAX_OFFERED)))


def code_from(typed: str) -> str:
    """The code in brackets, as in the text of a record; else the whole text may be one."""
    return typed.rsplit("[", 1)[-1].rstrip("] ") if typed.endswith("]") else typed


def name_from(typed: str) -> str:
    """The name before the code in brackets; empty where the text has none of both."""
    return typed.rsplit("[", 1)[0].strip() if typed.endswith("]") and "[" in typed else ""


def resolve(target: str, typed: str, adding: str = "") -> int:
    """The id of the one record meant."""
    return int(resolve_record(target, typed, adding).id)


def resolve_record(target: str, typed: str, adding: str = "") -> Any:
    """The one record meant, which the person may see. Raises DomainError (with `found`) where none or several match.

    With `adding` also NotAllowed, where one is meant to which the person may add none of that kind.
    """
    try:
        return _resolve(target, typed, adding)
    except DomainError:
        if adding and _is_meant(target, typed):
            raise NotAllowed(policy.NOT_TO_ADD) from None
        raise


def _is_meant(target: str, typed: str) -> bool:
    try:
        return bool(_resolve(target, typed))
    except DomainError:
        return False


def _resolve(target: str, typed: str, adding: str = "") -> Any:
    source = source_of(target, adding)
    visible = source.visible(_rights())
    by_code = db.session.scalars(visible.where(source.model.code_key == folded_code(code_from(typed))).limit(1)).first()
    if by_code is not None:
        _check_name(target, source, by_code, typed, adding)
        return by_code
    by_name = list(db.session.scalars(source.named_exactly(_offering(source), typed).limit(2)))
    matches = by_name if len(by_name) == 1 else suggest(target, typed, adding)
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise DomainError(N_("Nothing was found. Please enter part of the name, the initials or the code."))
    raise DomainError(N_("Several match. Please choose one of those listed."), found=matches)


def _check_name(target: str, source: Source, record: Any, typed: str, adding: str) -> None:
    """Who wrote another's name over the one before the code means one of the two; a name that nobody has is an old one.

    Raises DomainError (with `found`).
    """
    if source.fits(record, typed):
        return
    other_matches = [match for match in suggest(target, name_from(typed), adding) if match.id != record.id]
    if other_matches:
        message = N_("The name and the code in brackets belong to different records. Please choose the one you mean.")
        raise DomainError(message, found=[*other_matches, record])


def shown_reference(target: str, record_id: Any) -> str:
    """The text that stands for the record in a form; empty where it is not the person's to see."""
    if not record_id:
        return ""
    source = source_of(target)
    record = db.session.scalars(source.visible(_rights()).where(source.model.id == record_id).limit(1)).first()
    return source.text(record) if record is not None else ""


def as_suggestions(target: str, records: Iterable[Any]) -> list[tuple[str, str]]:
    """(text, hint) of records to choose from."""
    source = source_of(target)
    return [(source.text(record), getattr(record, source.hint, None) or "") for record in records]


def reference_text(target: str, record: Any) -> str:
    return source_of(target).text(record)
