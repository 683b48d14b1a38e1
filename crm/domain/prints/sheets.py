"""From a document and a template to a sheet for paper (A-12)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from crm.domain.prints.amount_in_words import amount_in_words
from crm.domain.prints.document_values import DocumentValues, PrintContext, firm_values, read_document
from crm.domain.prints.printed import MAX_TEMPLATE, PrintedKind
from crm.domain.prints.problems import Problem
from crm.domain.prints.rendering import Sheet, Texts, parse_template, render
from crm.entities.entity import Field
from crm.entities.printing import AmountInWords
from crm.errors import DomainError
from crm.fields import Amount, Context, Day, FixedChoice, Integer, MomentType, YesNo
from crm.i18n import N_


def template_problems(printed: PrintedKind, body: str) -> list[Problem]:
    """The first mistakes of a template's text."""
    if len(body) > MAX_TEMPLATE:
        message = N_("Please shorten this to at most %(longest)s characters; it has %(length)s.")
        return [Problem(0, message, longest=MAX_TEMPLATE, length=len(body))]
    return list(parse_template(body, printed.names, printed.line_names)[1])


def sheet_of(printed: PrintedKind, body: str, record: Any, reading: PrintContext) -> str:
    """The clean HTML of the record by this template. Raises DomainError where the template does not hold."""
    return fill(printed, body, texts_of(printed, read_document(printed, record, reading), reading))


def fill(printed: PrintedKind, body: str, sheet: Sheet) -> str:
    for problem in template_problems(printed, body):
        raise DomainError(problem.message, **problem.values)
    return render(parse_template(body, printed.names, printed.line_names)[0], sheet)


def texts_of(printed: PrintedKind, document_values: DocumentValues, reading: PrintContext) -> Sheet:
    """A text for every name of the kind, empty where the document has no value."""
    labels = {name: reading.say(label) for name, label in printed.words.items()}
    plain = replace(reading.context, firm_currency="")
    lines = [_texts(printed.line_fields, line, plain, reading) for line in document_values.lines]
    return Sheet({**labels, **_texts(printed.fields, document_values.values, reading.context, reading)}, lines)


def _texts(fields: Iterable[Field], values: Mapping[str, Any], context: Context, reading: PrintContext) -> Texts:
    return {field.key: _text(field, values.get(field.key), context, reading) for field in fields}


def _text(field: Field, value: Any, context: Context, reading: PrintContext) -> str:
    if value is None:
        return ""
    if isinstance(field.type, AmountInWords):
        return amount_in_words(value, reading.language)
    shown = field.type.show(value, context)
    return reading.say(shown) if shown and isinstance(field.type, (FixedChoice, YesNo)) else shown


EXAMPLE = Decimal("12345.67")
EXAMPLE_LINES = 3


def example_of(printed: PrintedKind, reading: PrintContext) -> Sheet:
    """A document that says 〔Customer〕 where the customer's name would stand; for looking at a template."""
    firm = {
        key: value for key, value in texts_of(printed, DocumentValues({}, []), reading).texts.items() if "label." in key
    }
    own = firm_values(reading)
    texts = {f.key: _text(f, own.get(f.key), reading.context, reading) or _example(f, reading) for f in printed.fields}
    texts["firm.logo"] = own["firm.logo"]
    lines = [{field.key: _example(field, reading, n) for field in printed.line_fields} for n in range(EXAMPLE_LINES)]
    return Sheet({**firm, **texts}, lines)


def _example(field: Field, reading: PrintContext, number: int = 0) -> str:
    value: Any = None
    if isinstance(field.type, Integer):
        value = number + 1
    elif isinstance(field.type, Amount | AmountInWords):
        value = EXAMPLE
    elif isinstance(field.type, Day):
        value = (reading.now + timedelta(days=number)).astimezone(reading.firm.zone).date()
    elif isinstance(field.type, MomentType):
        value = reading.now
    text = _text(field, value, reading.context, reading)
    return text or f"〔{reading.say(field.label)}〕"
