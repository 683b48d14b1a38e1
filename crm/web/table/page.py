"""A page of a list, ready for the template: two statements, however many rows there are."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Select, func, select

from crm.extensions import db
from crm.fields.types import Choice, parse_day
from crm.models.generations import keep
from crm.web.access import may, rights
from crm.web.firm import field_context
from crm.web.table.conditions import ANY, OPERATORS, Condition
from crm.web.table.declaration import SIZES, TAB, TABLES, Column, Table
from crm.web.table.kept import chosen_columns, kept_searches
from crm.web.table.search import Search
from crm.web.urls import url_maker

CAP = 1000
COUNT_SECONDS = 60


def table_page(
    table: Table,
    place: Mapping[str, Any] | None = None,
    where: tuple[Any, ...] = (),
    title: str = "",
    search: Search | None = None,
) -> dict[str, Any]:
    """Everything `ui.list_table` and `ui.quick_search` show.

    `place` are the address's own parts, `where` the conditions that they stand for. `search` is given
    by a view that read it already.
    """
    search = search or Search(table, place)
    ids = visible_ids(table, search).where(*where)
    total, more = count(table, search, ids)
    pages = max(1, -(-total // search.size))
    search.page = min(search.page, pages) if not more else search.page
    rows = _rows(table, search, ids)
    bulk = [action for action in table.bulk if may(action.permission)]
    return {
        **search_parts(table, search),
        "title": title or _(table.title),
        "help": _(table.help) if table.help else "",
        "columns": _headings(table, search),
        "rows": rows,
        "sums": _sums(table, search, ids) if rows else [],
        "selectable": bool(bulk),
        "bulk": [{"name": b.name, "label": _(b.label), "danger": b.danger} for b in bulk],
        "bulk_url": url_for(table.bulk_endpoint) if table.bulk_endpoint else "",
        "all_text": _all_text(table, total, more) if bulk and total > len(rows) else "",
        "total": total,
        "total_text": _total_text(total, more),
        "sorted_by_text": _sorted_text(table, search),
        "export_url": _export_url(table, search),
        "empty_text": _(table.empty_text)
        if not search.searching
        else _("Nothing was found. Please change the search."),
        **_pager(search, pages, more),
    }


def search_parts(table: Table, search: Search) -> dict[str, Any]:
    """What `ui.quick_search` and `ui.chips` show, also above what is not a table (the board)."""
    return {
        "key": table.key,
        "url": search.base_url(),
        "filters": _filters(table, search),
        "clear_url": search.clear_url,
        "chips": _chips(table, search),
        "event": table.event,
        "current_url": search.url(page=search.page),
        "keep": search.line_parts(),
        **_kept_things(table, search),
    }


def visible_ids(table: Table, search: Search) -> Select[Any]:
    """The ids the person may see and the search finds, without order."""
    return table.rows(rights()).where(*search.conditions)


def ordered(table: Table, search: Search, wanted: Select[Any]) -> Select[Any]:
    """In the chosen order; ties by the list's own, so that pages never overlap.

    A key named twice would make SQLite sort what an index holds in order already.
    """
    sort = table.column(search.sort)
    keys = dict.fromkeys([*(sort.sort if sort else ()), *table.tie])
    return wanted.order_by(*(key.desc() if search.descending else key for key in keys))


def count(table: Table, search: Search, ids: Select[Any]) -> tuple[int, bool]:
    """How many there are, kept until the tables change; (1000, True) where a text search finds more."""
    identity = ("count", *whose(table, search))

    def make() -> tuple[int, bool]:
        found = db.session.scalar(select(func.count()).select_from(ids.limit(CAP + 1).subquery())) or 0
        if found <= CAP:
            return found, False
        if search.capped:
            return CAP, True
        return db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0, False

    result: tuple[int, bool] = keep(identity, table.depends, make, COUNT_SECONDS)
    return result


def whose(table: Table, search: Search) -> tuple[Any, ...]:
    """The same for searches by people who reach the same rows."""
    return (*search.identity, *reaching(table))


def reaching(table: Table) -> tuple[Any, ...]:
    """The same for people who reach the same rows."""
    held = rights()
    return held.user_id, held.unit_id, held.scope(table.permission)


def _sums(table: Table, search: Search, ids: Select[Any]) -> list[str]:
    """What stands below each column, in one statement over everything that was found; empty without sums."""
    columns = chosen_columns(table)
    asked = [func.sum(col.expressions[0]) for col in columns if col.total]
    if not asked:
        return []

    def make() -> tuple[Any, ...]:
        return tuple(db.session.execute(ids.with_only_columns(*asked, maintain_column_froms=True).order_by(None)).one())

    keys = tuple(col.key for col in columns if col.total)
    found = iter(keep(("sums", keys, *whose(table, search)), table.depends, make, COUNT_SECONDS))
    return [col.type.show(next(found), field_context()) if col.total else "" for col in columns]


def selected(table: Table) -> tuple[list[Any], list[tuple[Column, slice]]]:
    """What the columns select, and which part of a row belongs to which column."""
    expressions: list[Any] = []
    parts = []
    for col in chosen_columns(table):
        parts.append((col, slice(len(expressions) + 1, len(expressions) + 1 + len(col.expressions))))
        expressions.extend(col.expressions)
    return expressions, parts


def _rows(table: Table, search: Search, ids: Select[Any]) -> list[dict[str, Any]]:
    page = ordered(table, search, ids).limit(search.size).offset((search.page - 1) * search.size).subquery()
    expressions, parts = selected(table)
    wanted = select(table.model.id, *expressions).join(page, page.c.id == table.model.id)
    wanted = ordered(table, search, table.joined(wanted))
    context = field_context()
    url = url_maker(table.row_endpoint) if table.row_endpoint else None
    first, place = parts[0]
    return [
        {
            "id": row[0],
            "url": url(row[0]) if url else "",
            "cells": [col.show(row[part], context) for col, part in parts],
            "aside": first.aside(context, *row[place]) if first.aside is not None else "",
        }
        for row in db.session.execute(wanted).all()
    ]


def _kept_things(table: Table, search: Search) -> dict[str, Any]:
    """The ways to the advanced search, the choice of columns and the searches kept."""
    if not table.advanced or table.key not in TABLES:
        return {}
    query = search.url(page=1).partition("?")[2]
    return {
        "advanced_url": url_for("lists.advanced", key=table.key) + (f"?{query}" if query else ""),
        "columns_url": url_for("lists.columns", key=table.key, next=search.url()) if table.more else "",
        "kept_searches": [
            {"name": kept.name, "url": f"{search.base_url()}?{kept.query}", "shared": kept.shared}
            for kept in kept_searches(table)
        ],
    }


def _headings(table: Table, search: Search) -> list[dict[str, Any]]:
    found = []
    for col in chosen_columns(table):
        current = col.key == search.sort
        down = current and not search.descending
        url = search.url(sort=col.key, dir="desc" if down else None) if col.sort else ""
        sorted_ = ("descending" if search.descending else "ascending") if current else None
        heading = {"key": col.key, "label": _(col.label), "numeric": col.numeric}
        found.append({**heading, "sort_url": url, "sorted": sorted_})
    return found


def _filters(table: Table, search: Search) -> list[dict[str, Any]]:
    return [
        {
            "name": f.name,
            "label": _(f.label),
            "kind": f.kind,
            "value": search.value(f),
            "options": f.options() if f.options else [],
            "problem": search.problems.get(f.name, ""),
        }
        for f in table.filters
    ]


def _chips(table: Table, search: Search) -> list[dict[str, str]]:
    found = []
    for f in table.filters:
        value = search.value(f)
        if value in ("", ("", "")) or f.kind == TAB or f.name in search.problems:
            continue
        if f.kind == "select" and f.options:
            value = dict(f.options()).get(value, value)
        text = " – ".join(_day(one) for one in value) if isinstance(value, tuple) else value
        names = [f"{f.name}_from", f"{f.name}_to"] if f.kind == "period" else [f.name]
        found.append({"label": f"{_(f.label)}: {text}", "remove_url": search.url(**dict.fromkeys(names))})
    joint = _("or") if search.match == ANY else ""
    for number, line in enumerate(search.lines):
        words = f"{joint if number else ''} {line_words(table, line)}".strip()
        found.append({"label": words, "remove_url": search.url(without=number)})
    return found


def _day(typed: str) -> str:
    """A day of a period as it is shown everywhere, however it was typed."""
    return parse_day(typed).isoformat() if typed else ""


def line_words(table: Table, line: Condition) -> str:
    """A line of the advanced search as it is read."""
    column = table.column(line.field)
    if column is None:
        return ""
    value = line.value
    if isinstance(column.type, Choice) and value.isascii() and value.isdigit():
        value = column.type.choices(field_context()).name(int(value)) or value
    return f"{_(column.label)} {_(OPERATORS[line.operator])} {value}".strip()


def _export_url(table: Table, search: Search) -> str:
    if not table.export_endpoint or not table.export_permission or not may(table.export_permission):
        return ""
    return search.url(table.export_endpoint)


def _total_text(total: int, more: bool) -> str | Markup:
    if more:
        return _("More than %(count)s records", count=f"{total:,}")
    return _("%(count)s records", count=f"{total:,}")


def _all_text(table: Table, total: int, more: bool) -> str:
    """The choice to take everything that was found, also on other pages; a tab of a file does not offer it."""
    if TABLES.get(table.key) is not table:
        return ""
    return _("All that were found") if more else _("All %(count)s that were found", count=f"{total:,}")


def _sorted_text(table: Table, search: Search) -> str:
    found = table.column(search.sort)
    if found is None:
        return ""
    if search.descending:
        return _("Sorted by %(column)s, descending", column=_(found.label))
    return _("Sorted by %(column)s", column=_(found.label))


def _pager(search: Search, pages: int, more: bool) -> dict[str, Any]:
    number = search.page
    last = number if more and number >= pages else pages
    near = sorted({1, *range(max(1, number - 2), min(last, number + 2) + 1), *([] if more else [pages])})
    urls: list[tuple[Any, str, bool]] = []
    for before, current in zip([0, *near], near, strict=False):
        if current - before > 1:
            urls.append(("…", "", False))
        urls.append((current, search.url(page=current), current == number))
    onward = more or number < pages
    return {
        "number": number,
        "pages": max(pages, number),
        "page_urls": urls,
        "first_url": search.url(page=1) if number > 1 else "",
        "prev_url": search.url(page=number - 1) if number > 1 else "",
        "next_url": search.url(page=number + 1) if onward else "",
        "last_url": search.url(page=pages) if onward and not more else "",
        "sizes": [(size, search.url(size=size), size == search.size) for size in SIZES],
    }
