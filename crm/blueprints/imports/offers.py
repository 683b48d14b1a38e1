"""The choices that a person has for an import (I-3)."""

from flask import request

from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.options import CHOICES, Options, unavailable_choices
from crm.domain.imports.sheets import ALL
from crm.models import ImportRun
from crm.web.access import rights
from crm.web.translation import gettext as _


def offered(kind: ImportKind) -> dict[str, list[tuple[str, str]]]:
    """The choices that this person has for this kind: each needs the right to what it does."""
    closed, _why = unavailable_choices(rights(), kind.lists, kind.has_owner)
    offers = {}
    for name, choices in CHOICES.items():
        if name != "owner" or kind.has_owner:
            offers[name] = [(k, _(label)) for k, label in choices if k not in closed]
    return offers


def chosen_options(kind: ImportKind) -> Options:
    """What was chosen; what is not offered becomes the first choice, and the check's page says so before anything."""
    keys_of = {name: [key for key, _label in choices] for name, choices in offered(kind).items()}
    sent = {name: request.form.get(name) for name in keys_of}
    return Options.from_values(
        {name: sent[name] if sent[name] in keys else keys[0] for name, keys in keys_of.items() if keys}
    )


def sheet_choices(run: ImportRun) -> list[tuple[str, str]]:
    """Each sheet with its rows, and all of them; nothing to choose where there is one."""
    sheets = run.choices.get("sheets", [])
    if len(sheets) < 2 or run.by_id != rights().user_id:
        return []
    named = [(str(index), sheet_label(*sheet)) for index, sheet in enumerate(sheets)]
    open_rows = sum(rows for _name, rows, hidden in sheets if not hidden)
    return [*named, (ALL, _("All sheets (%(rows)s rows)", rows=open_rows))]


def sheet_label(name: str, rows: int, hidden: bool) -> str:
    if hidden:
        return _("%(name)s (%(rows)s rows, hidden)", name=name, rows=rows)
    return _("%(name)s (%(rows)s rows)", name=name, rows=rows)
