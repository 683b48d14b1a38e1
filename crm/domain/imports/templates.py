"""Import templates: saved by the firm, used by everybody who imports (I-1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.imports.checking import fixed_value_problem
from crm.domain.imports.declaration import ImportContext, ImportKind
from crm.domain.imports.mapping import TemplateColumn
from crm.domain.imports.start_templates import is_name_of
from crm.entities.change_log import log_related_change
from crm.entities.record_saving import Actor, check_version, discard, stamp
from crm.errors import NotAllowed
from crm.i18n import N_
from crm.models import ImportColumn, ImportTemplate, Rights

MAX_NAME_LENGTH, MAX_HEADING_LENGTH, MAX_FIXED_LENGTH = 60, 100, 200
BUILT_IN = N_("This is a built-in template. Only an administrator can change or delete it.")
TOO_LONG = N_("Please shorten this to at most %(longest)s characters; it has %(length)s.")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a template; `line` counts from 0, `part` is name, columns, field, heading or fixed."""

    part: str
    message: str
    line: int | None = None
    values: dict[str, Any] = field(default_factory=dict)


def templates_of(session: Session, kind: ImportKind) -> list[ImportTemplate]:
    statement = select(ImportTemplate).where(ImportTemplate.kind == kind.key, ImportTemplate.deleted_at.is_(None))
    return list(session.scalars(statement.order_by(ImportTemplate.id)))


def columns_of(template: ImportTemplate) -> list[TemplateColumn]:
    return [TemplateColumn(c.field, c.heading, c.fixed_value) for c in template.columns]


def may_change_template(template: ImportTemplate, rights: Rights) -> bool:
    """Built-in templates belong to everybody: only administrators change or delete them."""
    return template.created_by_id is not None or rights.administrator


def check_template(template: ImportTemplate | None, rights: Rights) -> None:
    """Raises NotAllowed where the person may use the template but not change it."""
    if template is not None and not may_change_template(template, rights):
        raise NotAllowed(BUILT_IN)


def problems_of(
    session: Session,
    kind: ImportKind,
    template: ImportTemplate | None,
    name: str,
    lines: Sequence[TemplateColumn],
    importing: ImportContext,
) -> list[Problem]:
    """Everything that keeps the template from being saved."""
    problems = _name_problems(session, kind, template, name)
    fields: set[str] = set()
    for number, line in enumerate(lines):
        problems += _line_problems(session, kind, number, line, fields, importing)
        fields.add(line.field)
    for key in kind.lacking(fields):
        missing = N_("“%(field)s” is required. Please add a column for it.")
        problems.append(Problem("columns", missing, values={"field": kind.label(key)}))
    if lines and not any(line.heading for line in lines):
        problems.append(Problem("columns", N_("At least one column needs a heading.")))
    return problems


def _name_problems(session: Session, kind: ImportKind, template: ImportTemplate | None, name: str) -> list[Problem]:
    if not name:
        return [Problem("name", N_("Please fill this in."))]
    if len(name) > MAX_NAME_LENGTH:
        return [Problem("name", TOO_LONG, values={"longest": MAX_NAME_LENGTH, "length": len(name)})]
    other_templates = [other for other in templates_of(session, kind) if other is not template]
    if any(text.fold(other.name) == text.fold(name) or is_name_of(other, name) for other in other_templates):
        return [Problem("name", N_("This name is already in the list. Please choose another one."))]
    return []


def _line_problems(
    session: Session, kind: ImportKind, number: int, line: TemplateColumn, fields: set[str], importing: ImportContext
) -> list[Problem]:
    if kind.field(line.field) is None:
        return [Problem("field", N_("Please choose one from the list."), number)]
    if line.field in fields:
        return [Problem("field", N_("Another column is already assigned to this field."), number)]
    if bool(line.heading) == bool(line.fixed):
        return [Problem("heading", N_("Please enter either the heading in the file or a fixed value."), number)]
    for part, typed, max_length in (
        ("heading", line.heading, MAX_HEADING_LENGTH),
        ("fixed", line.fixed, MAX_FIXED_LENGTH),
    ):
        if typed and len(typed) > max_length:
            return [Problem(part, TOO_LONG, number, {"longest": max_length, "length": len(typed)})]
    if line.fixed:
        problem = fixed_value_problem(session, kind, line.field, line.fixed, importing)
        if problem is not None:
            return [Problem("fixed", problem.message, number, problem.values)]
    return []


def save_template(
    session: Session,
    template: ImportTemplate | None,
    kind: ImportKind,
    name: str,
    lines: Sequence[TemplateColumn],
    actor: Actor,
    opened_version: int | None = None,
) -> ImportTemplate:
    """Make or change a template whose `template_problems` are none.

    Raises NotAllowed for a built-in one that is not theirs to change, StaleRecord where somebody else saved first.
    """
    check_template(template, actor.rights)
    template = template or ImportTemplate(kind=kind.key)
    check_version(template, opened_version)
    if not is_name_of(template, name):
        template.name = name
    before = _in_short(template)
    template.columns = [
        ImportColumn(position=number, field=line.field, heading=line.heading or None, fixed_value=line.fixed or None)
        for number, line in enumerate(lines)
    ]
    stamp(template, actor)
    session.add(template)
    log_related_change(session, template, "columns", before, _in_short(template))
    session.flush()
    return template


def _in_short(template: ImportTemplate) -> list[str]:
    """For the operation log: what fills which field."""
    return [f"{column.field}: {column.heading or repr(column.fixed_value)}" for column in template.columns]


def delete_template(session: Session, template: ImportTemplate, actor: Actor) -> None:
    """Earlier imports keep it; it is not offered any more. Raises NotAllowed as saving does."""
    check_template(template, actor.rights)
    discard(template, actor)
    session.flush()
