"""The buttons beside each row of a drop-down's list: order, retire, default (D-1, P-4)."""

from collections.abc import Iterable
from typing import Any

from flask import abort, request
from sqlalchemy import Select

from crm.domain.platform.choice_lists import DOWN, UP, Choice, move_choice, retire_choice
from crm.domain.platform.dictionaries import set_default
from crm.entities.entity import Field
from crm.extensions import db
from crm.models import DictionaryItem
from crm.web.access import one_or_404
from crm.web.formatting import item_name
from crm.web.forms import RecordForm, form_for
from crm.web.translation import gettext as _


def choice_form(fields: Iterable[Field], choice: Choice | None = None) -> RecordForm:
    """Its form, with the name that the reader knows it by."""
    form = form_for(fields, choice)
    if choice is not None and form["name"].typed is None:
        form["name"].data = item_name(choice)
    return form


ACTIONS = ("up", "down", "retire", "restore", "default", "no_default")


def arrange(rows: Select[Any], model: Any) -> str:
    """Do what the pressed button says with the row it names; the message for the person."""
    pressed = [action for action in ACTIONS if action in request.form]
    if len(pressed) != 1:
        abort(400)
    number = request.form[pressed[0]]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        abort(404)
    choice = one_or_404(rows.where(model.id == int(number)))
    return _act(pressed[0], choice)


def _act(action: str, choice: Choice) -> str:
    session = db.session()
    if action in ("up", "down"):
        move_choice(session, choice, UP if action == "up" else DOWN)
        return _("The order has been saved.")
    if action in ("retire", "restore"):
        retire_choice(session, choice, action == "retire")
        if action == "retire":
            return _("%(what)s is no longer available; existing records keep it.", what=item_name(choice))
        return _("%(what)s is available again.", what=item_name(choice))
    if not isinstance(choice, DictionaryItem):
        abort(400)
    set_default(session, choice, action == "default")
    return _("%(what)s has been saved.", what=item_name(choice))
