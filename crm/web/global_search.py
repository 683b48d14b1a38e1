"""One search over several kinds of records, within what the person may see (F-3)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from flask import current_app, url_for
from flask_login import current_user
from sqlalchemy import ColumnElement, Integer, Select, String, cast, func, literal, null, select, union_all

from crm.entities.entity import Entity
from crm.entities.keys import folded_code
from crm.entities.listing import Reader
from crm.entities.listing.customer_filters import join_customer
from crm.entities.listing.document_filters import by_first_document_content, content_models
from crm.entities.registry import entities
from crm.entities.search_index import MANY_HITS, PreparedText, count_hits, has_rows, matches_search, search_hits
from crm.extensions import db
from crm.models import Customer, Product, Rights
from crm.models.permissions import Right
from crm.models.prepared import prepared_rows, rights_key
from crm.text import fold, search_text
from crm.web.access import rights
from crm.web.current_reader import reader
from crm.web.firm_settings import lookups
from crm.web.translation import gettext as _
from crm.web.urls import url_maker

MIN_CHARACTERS = 2
MAX_SHOWN = 10
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
    match: Callable[[Reader, str, int | None], ColumnElement[bool]] | None = None
    """The condition that a record matches, where more than its own text is looked at; by the first so many hits, or by
    all."""
    content: tuple[Any, ...] = ()
    """The models whose texts are looked at then."""

    @property
    def searched(self) -> tuple[Any, ...]:
        """The models whose texts are looked at."""
        return self.content or (self.model,)

    @cached_property
    def columns(self) -> Select[Any]:
        """What is asked of each record; made once, as each letter that is typed asks it of several kinds."""
        model = self.model
        statement = select(
            literal(self.key).label("source"),
            model.id.label("id"),
            model.pinyin.label("pinyin"),
            self.name.label("name"),
            model.code.label("code"),
            self.detail.label("detail"),
            self.customer.label("customer"),
            self.owner.label("owner"),
        )
        return self.joins(statement) if self.joins else statement


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
    sources_of_kinds = [_VIEWS.get(kind.key) or _source_of_kind(kind) for kind in entities() if _has_names(kind)]
    return [source for group in sources_of_kinds for source in group]


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
        match=by_first_document_content(model, kind.permission("view")) if declared.with_customer else None,
        content=content_models(model) if declared.with_customer else (),
    )
    return (source,)


def sources() -> list[Source]:
    """The kinds that this person may look up and whose pages exist."""
    held = rights()
    return [source for source in all_sources() if _is_offered(source, held)]


def _is_offered(source: Source, held: Rights) -> bool:
    return held.may(source.permission) and source.endpoint in current_app.view_functions


def may_search() -> bool:
    """Whether the search box has anything to find for this person."""
    if not current_user.is_authenticated:
        return False
    held = rights()
    return any(_is_offered(source, held) for source in all_sources())


def is_searchable(typed: str) -> bool:
    """Whether there is something to search for: two letters, digits or characters."""
    return len(search_text([typed])) >= MIN_CHARACTERS


def search_everything(typed: str, limit: int = MAX_SHOWN) -> list[Group]:
    """The best hits of each kind.

    Each kind is asked for among the first hits, which is quick however frequent the word is; those of which too few are
    among them are looked for among all.
    """
    searched = sources()
    if not searched or not is_searchable(typed):
        return []
    models = dict.fromkeys(model for source in searched for model in source.searched)
    counts = count_hits(db.session(), tuple(models), typed)
    if counts is not None:
        searched = [source for source in searched if _has_hits(source, counts)]
    rows = _best_hits(typed, limit, searched, MANY_HITS if counts else None, counts)
    if counts is not None:
        incomplete = [s for s in searched if len(rows[s.key]) <= limit and not _is_complete(s, counts)]
        rows |= _best_hits(typed, limit, incomplete, None, counts)
    return [_group(source, typed, rows[source.key], limit) for source in searched if rows[source.key]]


def _has_hits(source: Source, counts: dict[Any, int]) -> bool:
    """Whether anything can be found; what is found by others' texts (documents) needs records of its own, too."""
    if not any(counts[model] for model in source.searched):
        return False
    return source.match is None or has_rows(db.session(), source.model)


def _is_complete(source: Source, counts: dict[Any, int]) -> bool:
    """Whether the first hits are all of them. A product stands on who knows how many lines."""
    own = source.match is None or not counts.get(Product)
    return own and all(counts[model] <= MANY_HITS for model in source.searched)


def _best_hits(
    typed: str, limit: int, searched: list[Source], among: int | None, counts: dict[Any, int] | None
) -> dict[str, list[Any]]:
    """Source → its rows, the best first: of those that are found by the first `among` hits."""
    hits: dict[str, list[Any]] = {source.key: [] for source in searched}
    if searched:
        rank = _rank_for(typed)
        rows = _candidate_rows(typed, WEIGHED_FOR_EACH * limit, searched, among, counts)
        for row in sorted(rows, key=lambda row: (rank(row), row.pinyin, row.id)):
            hits[row.source].append(row)
    return hits


def _candidate_rows(
    typed: str, limit: int, searched: list[Source], among: int | None, counts: dict[Any, int] | None
) -> Any:
    """The candidates of these kinds. Each letter that is typed asks, and only the words differ: the statement is made
    once for each person, but on PostgreSQL, where it is made of the words themselves."""

    def make(text: str) -> Any:
        return union_all(*(_candidates(source, text, limit, among) for source in searched))

    if counts is None:
        return db.session.execute(make(typed))
    text = PreparedText(typed)
    many = tuple(source.key for source in searched if counts[source.model] > MANY_HITS)
    key = ("search box", tuple(s.key for s in searched), many, limit, among, text.shape, rights_key(rights()))
    return prepared_rows(db.session(), key, lambda: make(text), **text.parameters)


def _group(source: Source, typed: str, rows: list[Any], limit: int) -> Group:
    hits = [_hit(source, row) for row in rows[:limit]]
    return Group(_(source.label), _all_url(source, typed), hits, len(rows) > limit)


def _candidates(source: Source, typed: str, limit: int, among: int | None) -> Select[Any]:
    """Those of the kind among which the best are chosen."""
    if source.match:
        matched = source.match(reader(), typed, among)
    elif among is not None:
        matched = source.model.id.in_(search_hits(db.session(), source.model, typed, among))
    else:
        matched = matches_search(db.session(), source.model, typed)
    return select(source.columns.where(source.visible(rights()), matched).limit(limit).subquery())


def _rank_for(typed: str) -> Callable[[Any], int]:
    """The very thing first, then what begins so, then the rest."""
    folded, code = fold(typed), folded_code(typed)

    def rank(row: Any) -> int:
        name = fold(row.name)
        if name == folded or folded_code(row.code) == code:
            return 0
        return 1 if name.startswith(folded) or row.pinyin.startswith(folded) else 2

    return rank


def _hit(source: Source, row: Any) -> Hit:
    facts = (row.code, row.detail, row.customer, lookups().people.name(row.owner))
    return Hit(url_maker(source.endpoint)(row.id), row.name, tuple(fact for fact in facts if fact))


def _all_url(source: Source, typed: str) -> str:
    if source.list_endpoint not in current_app.view_functions:
        return ""
    searched: dict[str, Any] = {source.list_parameter: typed}
    return url_for(source.list_endpoint, **searched)
