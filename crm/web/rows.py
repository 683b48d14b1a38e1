"""A row of a form: label, control, help and errors (`ui.row` in the templates).

In Python, because the customer file has three dozen of them: as a macro they took a quarter of its time.
"""

from typing import Any

from flask import has_request_context, request
from markupsafe import Markup, escape

from crm.web.translation import gettext

DATES = {"date": "data-date", "datetime-local": "data-datetime"}
"""Dates are text boxes everywhere: typed, or chosen in our own calendar."""
STAR = '<span class="star" aria-hidden="true">*</span>'


def row(field: Any, wide: bool = False, extra: dict[str, Any] | None = None) -> Markup:
    """The field's row; `extra` are further attributes of its control.

    The label is the label alone: the star stands outside of it. Help and errors are announced with the control.
    """
    prefix = id_prefix()
    id, kind = f"{prefix}{field.id}", getattr(field.widget, "input_type", "")
    help_text, errors = str(field.description or ""), list(field.errors)
    html_attributes = {**_of_dates(kind, field), **(extra or {}), "id": id}
    if help_text or errors:
        html_attributes["aria-describedby"] = " ".join(
            [f"{id}-help"] * bool(help_text) + [f"{id}-error"] * bool(errors)
        )
    if errors:
        html_attributes["aria-invalid"] = "true"
    classes = f"field{' wide' if wide or field.type.endswith('TextAreaField') else ''}{' bad' if errors else ''}"
    label, notes = escape(str(field.label.text)), _notes(id, help_text, errors) + _confirmation_box(id, field)
    if kind == "checkbox":
        inside = f'{field(**html_attributes)} <label for="{id}">{label}</label>{notes}'
        return Markup(f'<div class="{classes} check"><div class="field-control">{inside}</div></div>')
    star = STAR if field.flags.required else ""
    if hasattr(field, "option_widget") and hasattr(field.widget, "html_tag"):
        return _choices(
            field, prefix, f"{classes} choices", f'{star}<span id="{id}-name">{label}</span>', html_attributes, notes
        )
    named = f'{star}<label for="{id}">{label}</label>'
    return _filled(f'"{classes}"', named, f"{field(**{'class': 'control', **html_attributes})}{notes}")


def id_prefix() -> str:
    """Ids of controls begin so: a field called content or main must not clash with the frame, nor a form in the box
    with the form under it."""
    return "b-" if has_request_context() and request.headers.get("HX-Target") == "box" else "f-"


def _of_dates(kind: str, field: Any) -> dict[str, Any]:
    """With the hour that a date alone means, as the field's type reads it."""
    if kind not in DATES:
        return {}
    declared = getattr(field, "declared", None)
    hour = getattr(declared.type, "hour", 0) if declared is not None else 0
    return {"type": "text", "autocomplete": "off", DATES[kind]: f"{hour:02d}:00" if hour else ""}


def _notes(id: str, help_text: str, errors: list[Any]) -> str:
    parts = [f'<p class="help" id="{id}-help">{escape(help_text)}</p>'] if help_text else []
    for number, error in enumerate(errors):
        first = "" if number else f' id="{id}-error"'
        parts.append(f'<p class="error"{first}>{escape(str(error))}</p>')
    return "".join(parts)


def _confirmation_box(id: str, field: Any) -> str:
    """A tick box beside a doubtful value: ticked, the value is saved the next time."""
    pending_warning = getattr(field, "pending_warning", "")
    if not pending_warning:
        return ""
    ticked = " checked" if pending_warning in request.form.getlist("sure") else ""
    box = f'<input type="checkbox" id="{id}-sure" name="sure" value="{escape(pending_warning)}"{ticked}>'
    return f'<p class="choice">{box} <label for="{id}-sure">{escape(gettext("Save anyway"))}</label></p>'


def _choices(field: Any, prefix: str, classes: str, named: str, html_attributes: dict[str, Any], notes: str) -> Markup:
    """A group of choices under one name."""
    role = "radiogroup" if field.type == "RadioField" else "group"
    other_attributes = "".join(
        f' {key}="{escape(value)}"' for key, value in html_attributes.items() if key != "aria-invalid"
    )
    head = f'"{classes}" tabindex="-1" role="{role}" aria-labelledby="{html_attributes["id"]}-name"{other_attributes}'
    options = []
    for option in field:
        id = f"{prefix}{option.id}"
        label = f'<label for="{id}">{escape(str(option.label.text))}</label>'
        options.append(f'<span class="choice">{option(id=id)} {label}</span> ')
    return _filled(head, named, f"{''.join(options)}{notes}")


def _filled(head: str, named: str, control: str) -> Markup:
    name = f'<div class="field-name">{named}</div>'
    return Markup(f'<div class={head}>{name}\n<div class="field-control">{control}</div></div>')
