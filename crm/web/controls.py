"""The controls of forms: one class for each way in which a declared field is typed, ticked or chosen."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import current_app, render_template, request, url_for
from flask_babel import lazy_gettext
from markupsafe import Markup
from wtforms import Field as WTField
from wtforms import ValidationError

from crm import clock
from crm.entities.entity import NEW_PASSWORD, TO_COME, Field
from crm.errors import DomainError
from crm.fields import Choice, FixedChoice, Reference, SeveralChoices
from crm.i18n import N_
from crm.text import has_visible_text, is_blank
from crm.web.errors import error_text
from crm.web.firm_settings import field_context, settings
from crm.web.references import as_suggestions, belongs_to_customer, resolve_record, shown_reference
from crm.web.request_clock import now
from crm.web.translation import gettext
from crm.web.widgets import Area, DropDown, Input, Tick, attributes

REQUIRED = N_("Please fill this in.")


def is_empty(text: str) -> bool:
    """Whether nothing but blanks was sent."""
    return not text or all(map(is_blank, text))


def confirmed_warnings() -> list[str]:
    """The doubts that the person ticked away."""
    return request.form.getlist("sure")


class Control(WTField):
    """A one-line control; the declaration's type reads and shows the value."""

    widget: Any = Input()

    def __init__(self, declared: Field, **kwargs: Any) -> None:
        super().__init__(
            label=lazy_gettext(declared.label),
            description=lazy_gettext(declared.help) if declared.help else "",
            **kwargs,
        )
        self.declared = declared
        self.typed: str | None = None
        if declared.required:
            self.flags.required = True

    def __call__(self, **kwargs: Any) -> Any:
        # Never `required`: the server checks and answers beside the field, in the person's language.
        kwargs.setdefault("id", self.id)
        if self.declared.required:
            kwargs.setdefault("aria-required", "true")
        if self.declared.autocomplete:
            kwargs.setdefault("autocomplete", self.declared.autocomplete)
        return self.widget(self, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.typed = next((str(v) for v in reversed(valuelist) if not is_empty(str(v))), "")
        # A required field of nothing but invisible characters is not filled in.
        lacking = is_empty(self.typed) or (self.declared.required and not has_visible_text(self.typed))
        self.data = None if lacking else self.read(self.typed)

    def read(self, text: str) -> Any:
        try:
            return self.declared.type.parse(text, field_context())
        except DomainError as problem:
            raise ValueError(error_text(problem)) from problem

    def pre_validate(self, form: Any) -> None:
        if self.declared.required and self.data is None and not self.process_errors:
            raise ValidationError(gettext(REQUIRED))
        if self.pending_warning and self.pending_warning not in confirmed_warnings():
            raise ValidationError(gettext(TO_COME, day=self.data))

    @property
    def pending_warning(self) -> str:
        """What a person has to be sure of before the value is saved, as 【仍然保存】 sends it; mostly nothing."""
        if not self.declared.past or self.data == self.object_data:
            return ""
        today = clock.day_of(now(), settings().zone)
        return f"{self.declared.key} {self.data}" if self.declared.is_doubtful(self.data, today) else ""

    def _value(self) -> str:
        return self.typed if self.typed is not None else self.declared.type.edit(self.data, field_context())


class TextField(Control):
    pass


class CatalogueTextAreaField(Control):
    widget = Area()


class CatalogueDateField(Control):
    widget = Input("date")


class CatalogueDateTimeField(Control):
    widget = Input("datetime-local")

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Of an hour that comes twice, as when the clock is put back, whoever leaves the text leaves the moment."""
        super().process_formdata(valuelist)
        kind, before = self.declared.type, self.object_data
        if self.data and before and kind.edit(self.data, field_context()) == kind.edit(before, field_context()):
            self.data = before.replace(second=0, microsecond=0)


class PasswordControl(Control):
    """The text as typed, blanks included. Browsers do not fill in passwords unless the field says so."""

    widget = Input("password", hides=True)

    def __call__(self, **kwargs: Any) -> Any:
        return super().__call__(**{"autocomplete": self.declared.autocomplete or NEW_PASSWORD, **kwargs})

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.typed = str(valuelist[-1]) if valuelist else ""
        self.data = self.typed or None


class CatalogueBooleanField(Control):
    """A tick: absent from what was sent means no."""

    widget = Tick()

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = bool(valuelist) and valuelist[-1] not in ("", "0", "false")

    def _value(self) -> str:
        return "1"


class CatalogueSelectField(Control):
    """A drop-down. `narrow` keeps only some items; `under` names the parent of those offered (cities of a province)."""

    widget = DropDown()
    narrow: Any = None
    under: Callable[[], Any] | None = None
    preset: str = ""
    """What it begins with in a new record; whatever brings a better one may replace it, until a person chooses."""

    def options(self) -> Iterable[tuple[str, Any]]:
        kind = self.declared.type
        if isinstance(kind, FixedChoice):
            return ((key, lazy_gettext(label)) for key, label in kind.options)
        assert isinstance(kind, Choice)
        items = kind.offered(field_context(), self.data)
        if self.under is not None:
            above = self.under()
            items = [i for i in items if i.parent_id == above]
        return [(str(i.id), i.full_name) for i in items if self.narrow is None or self.narrow(i)]


@dataclass
class Label:
    text: str


@dataclass
class CheckboxOption:
    """One box of a list, as `crm.web.rows` draws it."""

    name: str
    key: str
    label: Label
    checked: bool
    id: str

    def __call__(self, **kwargs: Any) -> Markup:
        html_attributes = {"type": "checkbox", "name": self.name, "value": self.key, "checked": self.checked, **kwargs}
        return Markup(f"<input{attributes(html_attributes)}>")


class BoxList:
    html_tag = "div"
    input_type = "several"


class SeveralField(Control):
    """Several of a list, as boxes to tick."""

    widget = BoxList()
    option_widget = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Without a tick nothing is chosen; what was sent twice or by hand is read like any text."""
        self.data = self.read(",".join(map(str, valuelist[:MAX_TICKED]))) if any(valuelist) else None

    def __iter__(self) -> Iterator[CheckboxOption]:
        kind, chosen = self.declared.type, self.data or ()
        assert isinstance(kind, SeveralChoices)
        offered = (item for item in kind.choices(field_context()).items if not item.retired or item.id in chosen)
        for item in offered:
            id_ = f"{self.id}-{item.id}"
            yield CheckboxOption(self.name, str(item.id), Label(item.name), item.id in chosen, id_)


MAX_TICKED = 200


class PreloadedSelectField(CatalogueSelectField):
    """A drop-down whose choices the view lists, as (key, label)."""

    listed: ClassVar[list[tuple[str, str]]] = []

    def options(self) -> Iterable[tuple[str, Any]]:
        return self.listed

    def chosen_label(self) -> str:
        """The present choice in words; empty where it is not offered."""
        return dict(self.listed).get(self._value(), "")


def find_url(target: str, adding: str = "") -> str:
    """The address that offers records of a kind while one types."""
    endpoint = f"reference_search.{target}"
    return url_for(endpoint if endpoint in current_app.view_functions else f"{target}.find", adding=adding or None)


class ReferenceInput:
    """A text box that offers what matches while one types; several hits stand below it to be chosen."""

    input_type = "text"

    def __call__(self, field: "ReferenceField", **kwargs: Any) -> Markup:
        kwargs.setdefault("id", field.id)
        target = field.target
        html_attributes = {"name": field.name, "value": field._value(), "autocomplete": "off", **kwargs}
        return Markup(
            render_template(
                "reference_search/_control.html",
                attributes=Markup(attributes(html_attributes)),
                url=find_url(target, field.adding),
                of_customer=belongs_to_customer(target),
                id=kwargs["id"],
                name=field.name,
                suggestions=as_suggestions(target, field.matches),
            )
        )


class ReferenceField(Control):
    """Another record, found by the typed text; several hits are offered below the field."""

    widget = ReferenceInput()
    matches: ClassVar[list[Any]] = []
    resolved: Any = None
    """The record that was typed, which the person may see, and may add to where the type says `adding`."""

    @property
    def target(self) -> str:
        kind = self.declared.type
        assert isinstance(kind, Reference)
        return kind.target

    @property
    def adding(self) -> str:
        return str(getattr(self.declared.type, "adding", ""))

    def read(self, text: str) -> Any:
        try:
            self.resolved = resolve_record(self.target, self.declared.type.text(text), self.adding)
            return int(self.resolved.id)
        except DomainError as problem:
            self.matches = problem.values.get("found", [])  # type: ignore[misc]
            raise ValueError(error_text(DomainError(problem.message))) from problem

    def record(self) -> Any:
        """The record of the present value, if it was typed; else None."""
        return self.resolved if self.resolved is not None and self.resolved.id == self.data else None

    def _value(self) -> str:
        if self.typed is not None and self.data is None:
            return self.typed
        return shown_reference(self.target, self.data)


CONTROLS: dict[str, type[Control]] = {
    "long": CatalogueTextAreaField,
    "day": CatalogueDateField,
    "moment": CatalogueDateTimeField,
    "yesno": CatalogueBooleanField,
    "choice": CatalogueSelectField,
    "level": CatalogueSelectField,
    "city": CatalogueSelectField,
    "person": CatalogueSelectField,
    "several": SeveralField,
    "fixed": CatalogueSelectField,
    "reference": ReferenceField,
    "contact": PreloadedSelectField,
    "password": PasswordControl,
}
