"""How the controls of declared fields are written. WTForms' own widgets took half of the customer file's time:
it has three hundred options and two hundred attributes."""

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape


def attributes(values: dict[str, Any]) -> str:
    """HTML attributes by name; True is a bare one, False none."""
    parts = []
    for name, value in values.items():
        if value is True:
            parts.append(f" {name}")
        elif value is not False:
            parts.append(f' {name}="{escape(value)}"')
    return "".join(parts)


NO_CHOICE = "\0"
"""Chosen in no list: the tags of all options alike, for `with_choice`."""


def option_tags(options: Iterable[tuple[Any, Any]], chosen: Any = "") -> Markup:
    """The options of a drop-down, each a value and what is read; with the one that is `chosen`."""
    current = "" if chosen is None else str(chosen)
    parts: list[str] = []
    for value, label in options:
        text = str(value)
        selected = '" selected>' if text == current else '">'
        parts += ('<option value="', escape(text), selected, escape(str(label)), "</option>")
    return Markup("".join(parts))


def with_choice(tags: Markup, value: str) -> Markup:
    """Options that were written with `NO_CHOICE`, with the one of that value chosen."""
    tag = f'<option value="{escape(value)}"'
    return Markup(str(tags).replace(f"{tag}>", f"{tag} selected>", 1))


def number_cells(cells: Iterable[tuple[str, str]]) -> Markup:
    """The cells of a table row that hold figures: each a text, and the address that it leads to or an empty text."""
    parts: list[str] = []
    for text, url in cells:
        if url:
            parts += ('<td class="num"><a href="', escape(url), '">', escape(text), "</a></td>")
        else:
            parts += ('<td class="num">', escape(text), "</td>")
    return Markup("".join(parts))


class Input:
    """A one-line control of a type; `hides` one whose value is never sent back."""

    def __init__(self, input_type: str = "text", hides: bool = False) -> None:
        self.input_type = input_type
        self.hides = hides

    def __call__(self, field: Any, **html_attributes: Any) -> Markup:
        value = "" if self.hides else field._value()
        return Markup(
            f"<input{attributes({'type': self.input_type, 'name': field.name, 'value': value, **html_attributes})}>"
        )


class Tick(Input):
    """A box to tick."""

    def __init__(self) -> None:
        super().__init__("checkbox")

    def __call__(self, field: Any, **html_attributes: Any) -> Markup:
        return super().__call__(field, checked=bool(field.data), **html_attributes)


class Area:
    """A control of several lines. A browser drops the line break after the tag."""

    def __call__(self, field: Any, **html_attributes: Any) -> Markup:
        return Markup(
            f"<textarea{attributes({'name': field.name, **html_attributes})}>\r\n{escape(field._value())}</textarea>"
        )


class DropDown:
    """A select with an empty first choice."""

    input_type = "select"

    def __call__(self, field: Any, **html_attributes: Any) -> Markup:
        current = field._value()
        if current and current == getattr(field, "preset", ""):
            html_attributes["data-filled"] = current
        tags = option_tags([("", ""), *field.options()], current)
        return Markup(f"<select{attributes({'name': field.name, **html_attributes})}>{tags}</select>")
