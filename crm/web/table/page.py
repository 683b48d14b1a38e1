"""A page of a list, ready for the template: two statements, however many rows there are (C-5)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import g, url_for
from markupsafe import Markup, escape

from crm.entities.listing import TAB, Reader
from crm.entities.listing.conditions import ANY, OPERATORS, Condition
from crm.entities.listing.preferences import saved_searches
from crm.entities.listing.query import SIZES
from crm.entities.listing.rows import count, page_rows, sums
from crm.errors import DomainError
from crm.extensions import db
from crm.fields import Choice, SeveralChoices, parse_day
from crm.models.engine import is_read_only
from crm.web.access import actor, may
from crm.web.back_links import default_list, remember_list, with_back
from crm.web.table.bulk.action import BulkAction
from crm.web.table.bulk.own_fields import OWN, changes_own_fields
from crm.web.table.declaration import TABLES, Column, Table
from crm.web.table.search_request import Search
from crm.web.translation import gettext as _
from crm.web.urls import url_maker


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
    search = search or Search(table, place, where=where)
    declared, table = table, search.table
    total, is_capped = count(search)
    pages = max(1, -(-total // search.size))
    search.page = min(search.page, pages) if not is_capped else search.page
    rows = _rows(search)
    bulk = [action for action in table.bulk if may(action.permission) and why_closed(action) is None]
    return {
        **search_parts(search),
        "title": title or _(table.title),
        "help": _(table.help) if table.help else "",
        "columns": _headings(search),
        "rows": rows,
        "shape": _shape(search, bool(bulk)),
        "sums": _sums(search) if rows else [],
        "selectable": bool(bulk),
        "bulk": _buttons(declared, bulk),
        "bulk_url": url_for(table.bulk_endpoint) if table.bulk_endpoint else "",
        "all_text": _all_text(declared, total, is_capped) if bulk and total > len(rows) else "",
        "total": total,
        "total_text": _total_text(total, is_capped),
        "sorted_by_text": _sorted_text(search),
        "export_url": _export_url(search),
        "empty_text": _(table.empty_text)
        if not search.is_searching
        else _("Nothing was found. Please change the search."),
        **_pager(search, pages, is_capped),
    }


def _buttons(table: Table, bulk: Sequence[BulkAction]) -> list[dict[str, Any]]:
    """What can be done with ticked rows; a field of the firm's own is changed beside the others, before any danger."""
    buttons = [{"name": b.name, "label": _(b.label), "danger": b.danger} for b in bulk]
    if buttons and table.bulk_endpoint and changes_own_fields(table, actor()):
        index = next((number for number, action in enumerate(bulk) if action.danger), len(bulk))
        buttons.insert(index, {"name": OWN, "label": _("Change a custom field"), "danger": False})
    return buttons


def search_parts(search: Search) -> dict[str, Any]:
    """What `ui.quick_search` and `ui.chips` show, also above what is not a table (the board)."""
    table = search.table
    if not search.address_parts and not _is_home(search):
        remember_list(search.url(page=search.page))
    return {
        "key": table.key,
        "url": search.base_url(),
        "filters": _filters(search),
        "clear_url": search.clear_url,
        "chips": _chips(search),
        "event": table.event,
        "current_url": search.url(page=search.page),
        "keep": search.line_parts(),
        **_kept_things(search),
    }


def _kept_things(search: Search) -> dict[str, Any]:
    """The ways to the advanced search, the choice of columns and the searches kept."""
    table = search.table
    if not table.advanced or table.key not in TABLES:
        return {}
    query = search.url(page=1).partition("?")[2]
    return {
        "advanced_url": url_for("lists.advanced", key=table.key) + (f"?{query}" if query else ""),
        "columns_url": url_for("lists.columns", key=table.key, next=search.url()) if table.more else "",
        "kept_searches": [
            {"name": saved.name, "url": f"{search.base_url()}?{saved.query}", "current": saved.query == query}
            for saved in saved_searches(table, search.reader)
        ],
    }


def _rows(search: Search) -> list[dict[str, Any]]:
    columns, reader = search.columns, search.reader
    url = _row_url(search) if search.table.row_endpoint else None
    first, *other_columns = columns
    makers = [_cell_maker(column, reader) for column in other_columns]
    return [
        {
            "id": row.id,
            "url": url(row.id) if url else "",
            "first": first.show(row.values[0], reader),
            "aside": first.aside(reader, *row.values[0]) if first.aside is not None else "",
            # Put together here: a template's filter takes four times as long, for each row of each list.
            "rest": Markup("".join([make(values) for make, values in zip(makers, row.values[1:], strict=True)])),
        }
        for row in page_rows(search)
    ]


def _cell_maker(column: Column, reader: Reader) -> Callable[[tuple[Any, ...]], str]:
    """Makes the cell of the selected values. What is chosen from a list repeats from row to row, and is made once."""
    made: dict[tuple[Any, ...], str] = {}

    def make(values: tuple[Any, ...]) -> str:
        return f"<td>{escape(column.show(values, reader))}</td>"

    def make_once(values: tuple[Any, ...]) -> str:
        if values not in made:
            made[values] = make(values)
        return made[values]

    return make_once if column.is_sorted_by_choices else make


def why_closed(action: Any) -> DomainError | None:
    """Why the bulk action can be done with no record now; a page that only reads asks once for all its rows."""
    if action.closed is None:
        return None
    if not is_read_only():
        return action.closed(db.session(), actor())  # type: ignore[no-any-return]
    reasons = g.setdefault("closed_actions", {})
    if action.name not in reasons:
        reasons[action.name] = action.closed(db.session(), actor())
    reason: DomainError | None = reasons[action.name]
    return reason


def _row_url(search: Search) -> Callable[[int], str]:
    """The address of a row's file. It carries the way back to this list, where the file would not lead there anyway."""
    file = url_maker(search.table.row_endpoint)
    if _is_home(search):
        return file
    back = with_back("", search.url(page=search.page))
    return lambda number: file(number) + back


def _is_home(search: Search) -> bool:
    """Whether the files of the rows lead back just here by themselves."""
    home = default_list(search.table.row_endpoint) if search.table.row_endpoint else ""
    return bool(home) and search.url(page=search.page) == url_for(home)


def _sums(search: Search) -> list[str]:
    """What stands below each column."""
    amounts = zip(search.columns, sums(search), strict=False)
    return [col.type.show(amount, search.reader) if col.total else "" for col, amount in amounts]


def _headings(search: Search) -> list[dict[str, Any]]:
    headings = []
    for col in search.columns:
        current = col.key == search.sort
        down = current and not search.descending
        url = search.url(sort=col.key, dir="desc" if down else None) if col.sortable else ""
        sorted_ = ("descending" if search.descending else "ascending") if current else None
        heading = {"key": col.key, "label": _(col.label), "numeric": col.numeric}
        headings.append({**heading, "sort_url": url, "sorted": sorted_})
    return headings


def _shape(search: Search, selectable: bool) -> str:
    """The classes of the table: which columns hold numbers, which make up a row's card on a telephone (n3, k2), and
    whether the last one holds actions. A page has hundreds of cells, so none has a class of its own."""
    columns, first = search.columns, 2 if selectable else 1
    card = search.table.card_keys(columns)
    classes = ["cards", *(["acts"] if columns[-1].acts else [])]
    for index, col in enumerate(columns, first):
        classes += [f"n{index}"] if col.numeric else []
        classes += [f"k{index}"] if col.key in card else []
    return " ".join(classes)


def _filters(search: Search) -> list[dict[str, Any]]:
    alone = search.table.shows_own_alone(search.reader.rights)
    return [
        {
            "name": f.name,
            "label": _(f.label),
            "kind": f.kind,
            "value": search.value(f),
            "options": f.options_with(search.reader, search.value(f)) if f.options else [],
            "problem": search.problem_of(f),
        }
        for f in search.table.filters
        if not (alone and f.names_owner) or search.value(f)
    ]


def _chips(search: Search) -> list[dict[str, str]]:
    chips = []
    for f in search.table.filters:
        value = search.value(f)
        if value in ("", ("", "")) or f.kind == TAB or search.problem_of(f):
            continue
        if f.kind == "select" and f.options:
            value = dict(f.options_with(search.reader, value)).get(value, value)
        text = " – ".join(_day(day) for day in value) if isinstance(value, tuple) else value
        names = [f"{f.name}_from", f"{f.name}_to"] if f.kind == "period" else [f.name]
        left_out: dict[str, Any] = dict.fromkeys(names)
        chips.append({"label": _(f.label) + _(": ") + text, "remove_url": search.url(**left_out)})
    joint = _("or") if search.match == ANY else ""
    for number, line in enumerate(search.lines):
        words = f"{joint if number else ''} {line_words(search, line)}".strip()
        chips.append({"label": words, "remove_url": search.url(without=number)})
    return chips


def _day(typed: str) -> str:
    """A day of a period as it is shown everywhere, however it was typed."""
    return parse_day(typed).isoformat() if typed else ""


def line_words(search: Search, line: Condition) -> str:
    """A line of the advanced search in words."""
    column = search.table.column(line.field, search.reader.rights)
    if column is None:
        return ""
    value = line.value
    if isinstance(column.type, Choice | SeveralChoices) and value.isascii() and value.isdigit():
        value = column.type.choices(search.reader).name(int(value)) or value
    return f"{_(column.label)} {_(OPERATORS[line.operator])} {value}".strip()


def _export_url(search: Search) -> str:
    table = search.table
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
    return _("All results") if more else _("All %(count)s found", count=f"{total:,}")


def _sorted_text(search: Search) -> str:
    column = search.sort_column
    if column is None:
        return ""
    if search.descending:
        return _("Sorted by %(column)s, descending", column=_(column.label))
    return _("Sorted by %(column)s", column=_(column.label))


def _pager(search: Search, pages: int, more: bool) -> dict[str, Any]:
    number = search.page
    last = number if more and number >= pages else pages
    numbers = sorted({1, *range(max(1, number - 2), min(last, number + 2) + 1), *([] if more else [pages])})
    urls: list[tuple[Any, str, bool]] = []
    for before, current in zip([0, *numbers], numbers, strict=False):
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
