"""Forms made from the field catalogue: one control per declared field; what was typed stays."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from wtforms import HiddenField

from crm.entities.custom_fields import with_custom_fields
from crm.entities.default_values import default_choices
from crm.entities.entity import Entity, Field
from crm.entities.names_and_codes import check_code
from crm.entities.record_saving import NOT_SEEN
from crm.entities.registry import entities
from crm.errors import FieldError
from crm.extensions import db
from crm.web.access import may
from crm.web.controls import CONTROLS, ReferenceField, TextField
from crm.web.errors import error_text
from crm.web.firm_settings import field_context, lookups

MAX_CLASSES = 300
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
        """A rule over the values of these fields, shown together with all other errors: `check` gets the values,
        and raises FieldError. It is not asked while one of them cannot be understood."""
        self.rules.append((keys, check))

    def _rules_hold(self) -> bool:
        """Check all rules, so that the person sees every error at once."""
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
        """Show the error beside its field; where the form has no such field, above the form and in its part, if any."""
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


@lru_cache(MAX_CLASSES)
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
