"""Forms made from the field catalogue: one control per declared field; what was typed stays."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from flask import current_app, g, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import Field as WTField
from wtforms import HiddenField, ValidationError

from crm import clock
from crm.entities.custom_fields import with_custom_fields
from crm.entities.default_values import default_choices
from crm.entities.entity import NEW_PASSWORD, TO_COME, Entity, Field
from crm.entities.names_and_codes import check_code
from crm.entities.record_saving import NOT_SEEN
from crm.entities.registry import entities
from crm.errors import DomainError, FieldError
from crm.extensions import db
from crm.fields import Choice, FixedChoice, Reference, SeveralChoices
from crm.i18n import N_
from crm.text import has_visible_text, is_blank
from crm.web.access import may
from crm.web.errors import error_text
from crm.web.firm_settings import field_context, lookups, settings
from crm.web.references import as_suggestions, belongs_to_customer, resolve_record, shown_reference
from crm.web.request_clock import now
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
    """What was typed, blanks and all. Unless it is said, browsers do not fill in what they know."""

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
    """A drop-down. `narrow` keeps only some items, `under` those of what it names (the cities of a province)."""

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
class OneOfSeveral:
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
        self.data = self.read(",".join(map(str, valuelist[:MOST_TICKED]))) if any(valuelist) else None

    def __iter__(self) -> Iterator[OneOfSeveral]:
        kind, chosen = self.declared.type, self.data or ()
        assert isinstance(kind, SeveralChoices)
        offered = (item for item in kind.choices(field_context()).items if not item.retired or item.id in chosen)
        for item in offered:
            id_ = f"{self.id}-{item.id}"
            yield OneOfSeveral(self.name, str(item.id), Label(item.name), item.id in chosen, id_)


MOST_TICKED = 200


class PreloadedSelectField(CatalogueSelectField):
    """A drop-down whose choices the view lists, as (key, label)."""

    listed: ClassVar[list[tuple[str, str]]] = []

    def options(self) -> Iterable[tuple[str, Any]]:
        return self.listed

    def chosen_label(self) -> str:
        """The present choice in words; empty where it is not offered."""
        return dict(self.listed).get(self._value(), "")


def find_url(kind_key: str, adding: str = "") -> str:
    """The address that offers records of a kind while one types."""
    endpoint = f"reference_search.{kind_key}"
    return url_for(endpoint if endpoint in current_app.view_functions else f"{kind_key}.find", adding=adding or None)


class ReferenceInput:
    """A text box that offers what matches while one types; several hits stand below it to be chosen."""

    input_type = "text"

    def __call__(self, field: "ReferenceField", **kwargs: Any) -> Markup:
        kwargs.setdefault("id", field.id)
        kind_key = field.what
        html_attributes = {"name": field.name, "value": field._value(), "autocomplete": "off", **kwargs}
        return Markup(
            render_template(
                "reference_search/_control.html",
                attributes=Markup(attributes(html_attributes)),
                url=find_url(kind_key, field.adding),
                of_customer=belongs_to_customer(kind_key),
                id=kwargs["id"],
                name=field.name,
                suggestions=as_suggestions(kind_key, field.found),
            )
        )


class ReferenceField(Control):
    """Another record, found by what is typed; several hits are offered below the field."""

    widget = ReferenceInput()
    found: ClassVar[list[Any]] = []
    meant: Any = None
    """The record that was typed, which the person may see, and may add to where the type says `adding`."""

    @property
    def what(self) -> str:
        kind = self.declared.type
        assert isinstance(kind, Reference)
        return kind.what

    @property
    def adding(self) -> str:
        return str(getattr(self.declared.type, "adding", ""))

    def read(self, text: str) -> Any:
        try:
            self.meant = resolve_record(self.what, self.declared.type.text(text), self.adding)
            return int(self.meant.id)
        except DomainError as problem:
            self.found = problem.values.get("found", [])  # type: ignore[misc]
            raise ValueError(error_text(DomainError(problem.message))) from problem

    def record(self) -> Any:
        """The record of the present value, if it was typed; else None."""
        return self.meant if self.meant is not None and self.meant.id == self.data else None

    def _value(self) -> str:
        if self.typed is not None and self.data is None:
            return self.typed
        return shown_reference(self.what, self.data)


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


MOST_CLASSES = 300
"""So many forms' classes are kept: those with fields of the firm's own are made anew when these change."""


class RecordForm(FlaskForm):
    """A form over declared fields. `values()` is what the domain's verbs take."""

    version = HiddenField()
    declared: tuple[Field, ...] = ()
    saved_before: Any = None
    """The record that this form made already, when it comes with another content."""

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """False while a form is only shown again with what was typed (crm/web/kept_input.py)."""
        if g.get("showing_again"):
            g.shown_again = True
            return False
        valid = bool(super().validate(*args, **kwargs))
        return self._rules_hold() and valid

    def rule(self, keys: tuple[str, ...], check: Callable[..., object]) -> None:
        """A rule over the values of these fields, told together with whatever else is wrong: `check` gets the values,
        and raises FieldError. It is not asked while one of them cannot be understood."""
        self.rules.append((keys, check))

    def _rules_hold(self) -> bool:
        """Ask them all, so that nobody is sent back a second time for what could have been told at first."""
        wrong, held = {field.name for field in self if field.errors}, True
        for keys, check in self.rules:
            if wrong.isdisjoint(keys) and all(key in self for key in keys):
                try:
                    check(*(self[key].data for key in keys))
                except FieldError as error:
                    self.refuse(error)
                    held = False
        return held

    def values(self) -> dict[str, Any]:
        return {field.key: self[field.key].data for field in self.declared}

    def remove_field(self, key: str) -> None:
        """Take the field out of this form: it is neither shown nor among the values."""
        del self[key]
        self.declared = tuple(field for field in self.declared if field.key != key)

    @property
    def opened_version(self) -> int:
        """The version that came with the form, for the verb to compare; `NOT_SEEN` where none did."""
        return sent_version(str(next(iter(self.version.raw_data or ()), "")))

    def refuse(self, error: FieldError) -> None:
        """Show a complaint beside its field; of what is no field, above the form and in its part, if it has one."""
        if error.field in self._fields:
            self[error.field].errors = [*self[error.field].errors, error_text(error)]
        else:
            self.form_errors.append(error_text(error))
            self.part_errors.setdefault(error.field, []).append(error_text(error))

    def groups(self) -> list[tuple[str, list[Any]]]:
        """The controls by the headings of the catalogue, in its order."""
        groups: dict[str, list[Any]] = {}
        for field in self.declared:
            groups.setdefault(field.group, []).append(self[field.key])
        return list(groups.items())


@lru_cache(MOST_CLASSES)
def form_class(*fields: Field) -> type[RecordForm]:
    """The form over these fields; made once per list of fields."""
    controls: dict[str, Any] = {field.key: CONTROLS.get(field.type.kind, TextField)(declared=field) for field in fields}
    return type("DeclaredForm", (RecordForm,), {**controls, "declared": tuple(fields)})


def form_for(
    fields: Iterable[Field],
    record: Any = None,
    defaults: dict[str, Any] | None = None,
    starts: bool = True,
    kind: Entity | None = None,
) -> RecordForm:
    """The form filled from what was sent, else from the record, else from the defaults.

    Of a `kind` of record it has the fields that the firm added, too.

    Without a record it is a new one's, and its drop-downs begin with what their dictionaries say (`starts`; D-1).
    A field with a permission of its own is left out for who lacks it.
    """
    if kind is not None:
        fields = with_custom_fields(db.session(), kind, fields)
    fields = tuple(field for field in fields if field.permission is None or may(field.permission))
    start = default_choices(fields, lookups()) if record is None and starts else {}
    data: dict[str, Any] = {**start, **{key: value for key, value in (defaults or {}).items() if value is not None}}
    if record is not None:
        data.update({f.key: f.value_of(record) for f in fields if f.is_kept_in(record)})
        data["version"] = getattr(record, "version", None)
    form = form_class(*fields)(data=data)
    form.form_errors, form.rules, form.part_errors = [], [], {}
    for key, value in start.items():
        form[key].preset = form[key].declared.type.edit(value, field_context())
    _add_code_rule(form, record)
    if form.is_submitted() and not form.version.raw_data:
        # Whoever did not see it does not become somebody who did because the form is shown again.
        form.version.data = ""
    return form


def _add_code_rule(form: RecordForm, record: Any) -> None:
    """That no other record of the kind has the code."""
    code = next((field for field in form.declared if field.key == "code"), None)
    for kind in entities() if code is not None else ():
        if kind.numbered and kind["code"] is code:
            form.rule(("code",), lambda code, model=kind.model: check_code(db.session(), model, code, record))


def is_preview_only() -> bool:
    """Whether the button was pressed that saves nothing and shows the form again, with what follows from what was
    chosen in it: without scripts nothing else brings the customer's contacts or the province's cities."""
    return request.method == "POST" and request.form.get("action") == "refresh"


def add_reference_errors(form: RecordForm) -> None:
    """Say beside each field that points to another record if it points to none or to several."""
    for field in form:
        if isinstance(field, ReferenceField) and field.process_errors:
            field.errors = list(field.process_errors)


def fill_related_values(form: RecordForm, values: Mapping[str, Any]) -> None:
    """Fill in what comes with something that was chosen, where nothing was typed or chosen by hand."""
    for key, value in values.items():
        if value is not None and form[key]._value() in ("", getattr(form[key], "preset", "")):
            form[key].data, form[key].typed = value, None


def sent_version(text: str) -> int:
    """The version that a form names; `NOT_SEEN` for a missing or odd one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else NOT_SEEN
