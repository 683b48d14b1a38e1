"""One search over several kinds of records, within what the person may see (F-3)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, Select, String, cast, func, literal, null, select, union_all

from crm.entities.entity import Entity
from crm.entities.keys import folded_code
from crm.entities.listing import Reader
from crm.entities.listing.customers import join_customer
from crm.entities.listing.documents import by_document_content
from crm.entities.registry import entities
from crm.entities.search_index import matches_search
from crm.extensions import db
from crm.models import Customer, Rights
from crm.models.permissions import Right
from crm.text import fold, search_text
from crm.web.access import may, rights
from crm.web.current_reader import reader
from crm.web.firm_settings import lookups
from crm.web.urls import url_maker

LEAST_CHARACTERS = 2
MOST_SHOWN = 10
WEIGHED_FOR_EACH = 20
"""Of so many hits for each one that is shown the best are chosen; a search with more should say more."""

NOTHING = cast(null(), String)
NOBODY = cast(null(), Integer)


@dataclass(frozen=True)
class Source:
    """A kind of record. `visible` is asked only of people who hold the permission.

    `name`, `code`, `detail` and `customer` are shown; `owner` is a person's id. `endpoint` opens one
    record, `list_endpoint` the whole list with what was typed as its `list_parameter`.
    """

    key: str
    label: str
    permission: Right
    model: Any
    visible: Callable[[Rights], ColumnElement[bool]]
    name: Any
    endpoint: str
    list_endpoint: str
    list_parameter: str = "q"
    detail: Any = NOTHING
    customer: Any = NOTHING
    owner: Any = NOBODY
    joins: Callable[[Select[Any]], Select[Any]] | None = None
    found: Callable[[Reader, str], ColumnElement[bool]] | None = None
    """The condition that a record matches, where more than its own text is looked at."""


@dataclass(frozen=True)
class Hit:
    url: str
    name: str
    facts: tuple[str, ...]


@dataclass
class Group:
    """What was found of one kind; `more` where not all is shown."""

    label: str
    all_url: str
    hits: list[Hit] = field(default_factory=list)
    more: bool = False


_VIEWS: dict[str, tuple[Source, ...]] = {}


def declare_views(key: str, *sources: Source) -> None:
    """Say that a kind is looked up in several parts, each within a right of its own (a customer's pools)."""
    _VIEWS[key] = sources


def all_sources() -> list[Source]:
    """All kinds of record that can be looked up, in the order in which they are shown.

    Each page's frame asks: a kind's statement parts are made once.
    """
    found = [_VIEWS.get(kind.key) or _source_of_kind(kind) for kind in entities() if _has_names(kind)]
    return [source for group in found for source in group]


def _has_names(kind: Entity) -> bool:
    return kind.searched is not None and hasattr(kind.model, "pinyin")


@cache
def _source_of_kind(kind: Entity) -> tuple[Source, ...]:
    model, declared, of_customer = kind.model, kind.searched, kind.parent("customers") is not None
    assert declared is not None
    name = kind.named_column()
    details = [getattr(model, key) for key in kind.detail]

    source = Source(
        kind.key,
        kind.plural,
        kind.permission("view"),
        model,
        model.seen_by,
        func.coalesce(name, model.code) if name.type.python_type is str and name.nullable else name,
        f"{kind.key}.show",
        f"{kind.key}.index",
        declared.parameter,
        detail=func.coalesce(*details) if len(details) > 1 else details[0] if details else NOTHING,
        customer=Customer.name if of_customer else NOTHING,
        owner=getattr(model, kind.owner) if kind.owner else NOBODY,
        joins=join_customer(model) if of_customer else None,
        found=by_document_content(model, kind.permission("view")) if declared.with_customer else None,
    )
    return (source,)


def sources() -> list[Source]:
    """The kinds that this person may look up and whose pages exist."""
    return [s for s in all_sources() if may(s.permission) and s.endpoint in current_app.view_functions]


def may_search() -> bool:
    """Whether the search box has anything to find for this person."""
    return bool(sources())


def is_searchable(typed: str) -> bool:
    """Whether there is something to search for: two letters, digits or characters."""
    return len(search_text([typed])) >= LEAST_CHARACTERS


def search_everything(typed: str, most: int = MOST_SHOWN) -> list[Group]:
    """The best hits of each kind, in one statement."""
    asked = sources()
    if not asked or not is_searchable(typed):
        return []
    groups = [Group(_(source.label), _all_url(source, typed)) for source in asked]
    found = union_all(*(_candidates(n, s, typed, WEIGHED_FOR_EACH * most) for n, s in enumerate(asked)))
    rank = _rank_for(typed)
    rows = sorted(db.session.execute(found).all(), key=lambda row: (row.source, rank(row), row.pinyin, row.id))
    for row in rows:
        group = groups[row.source]
        if len(group.hits) < most:
            group.hits.append(_hit(asked[row.source], row))
        else:
            group.more = True
    return [group for group in groups if group.hits]


def _candidates(number: int, source: Source, typed: str, most: int) -> Select[Any]:
    """Those of the kind among which the best are chosen."""
    model = source.model
    wanted = select(
        literal(number).label("source"),
        model.id.label("id"),
        model.pinyin.label("pinyin"),
        source.name.label("name"),
        model.code.label("code"),
        source.detail.label("detail"),
        source.customer.label("customer"),
        source.owner.label("owner"),
    )
    if source.joins:
        wanted = source.joins(wanted)
    matched = source.found(reader(), typed) if source.found else matches_search(db.session(), model, typed)
    return select(wanted.where(source.visible(rights()), matched).limit(most).subquery())


def _rank_for(typed: str) -> Callable[[Any], int]:
    """The very thing first, then what begins so, then the rest."""
    wanted, code = fold(typed), folded_code(typed)

    def rank(row: Any) -> int:
        name = fold(row.name)
        if name == wanted or folded_code(row.code) == code:
            return 0
        return 1 if name.startswith(wanted) or row.pinyin.startswith(wanted) else 2

    return rank


def _hit(source: Source, row: Any) -> Hit:
    facts = (row.code, row.detail, row.customer, lookups().people.name(row.owner))
    return Hit(url_maker(source.endpoint)(row.id), row.name, tuple(fact for fact in facts if fact))


def _all_url(source: Source, typed: str) -> str:
    if source.list_endpoint not in current_app.view_functions:
        return ""
    searched: dict[str, Any] = {source.list_parameter: typed}
    return url_for(source.list_endpoint, **searched)
