"""Several choices of a list as ticks; those a person may not change are shown and stay as they are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from wtforms import ValidationError
from wtforms.widgets import html_params

from crm.errors import DomainError
from crm.i18n import N_
from crm.web.controls import CONTROLS, Control
from crm.web.errors import error_text


class TickList:
    html_tag = "div"
    input_type = "ticks"


@dataclass
class Label:
    text: str


@dataclass
class Tick:
    """One box of the list, as the form's macro draws it."""

    name: str
    key: str
    label: Label
    checked: bool
    free: bool
    id: str

    def __call__(self, **kwargs: Any) -> Markup:
        state = {"checked": self.checked, "disabled": not self.free}
        kwargs = {"type": "checkbox", "name": self.name, "value": self.key, **state, **kwargs}
        return Markup("<input {}>").format(Markup(html_params(**kwargs)))


class TicksControl(Control):
    """The view calls `offer` before the form is read or shown."""

    widget = TickList()
    option_widget = None
    offered: tuple[tuple[Any, str, bool], ...] = ()

    def offer(self, choices: Iterable[tuple[Any, str, bool]]) -> None:
        """(key, text, whether this person may change it) of every choice."""
        self.offered = tuple(choices)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = set(valuelist)

    def pre_validate(self, form: Any) -> None:
        """Only what is offered can be chosen; what is not free keeps its state, whatever was sent."""
        sent = {str(key) for key in self.data or ()}
        held = {str(key) for key in self.object_data or ()}
        if sent - {str(key) for key, _, _ in self.offered}:
            raise ValidationError(error_text(DomainError(N_("Please choose one from the list."))))
        self.data = {key for key, _, free in self.offered if str(key) in (sent if free else held)}

    def __iter__(self) -> Iterator[Tick]:
        chosen = {str(key) for key in self.data or ()}
        for number, (key, text, free) in enumerate(self.offered):
            yield Tick(self.name, str(key), Label(text), str(key) in chosen, free, f"{self.id}-{number}")


CONTROLS["ticks"] = TicksControl
