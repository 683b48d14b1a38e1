"""Verbs of the print templates: several for each kind of document, one of them its default (A-11)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.prints.choices import A4, OWN_HTML, SheetChoices, first_choices, stored_choices
from crm.domain.prints.start import built_in_body
from crm.entities.record_saving import Actor, check_version, discard, stamp
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.models import PrintTemplate, PrintTemplateVersion

KEPT_VERSIONS = 50


def templates_of(module: str) -> Select[PrintTemplate]:
    """The templates of a kind, the default first."""
    templates = select(PrintTemplate).where(PrintTemplate.module == module, PrintTemplate.deleted_at.is_(None))
    return templates.order_by(PrintTemplate.is_default.desc(), PrintTemplate.position, PrintTemplate.id)


def versions_of(template: PrintTemplate) -> Select[PrintTemplateVersion]:
    """Every text the template has had, the present one first."""
    versions = select(PrintTemplateVersion).where(PrintTemplateVersion.template_id == template.id)
    return versions.order_by(PrintTemplateVersion.at.desc(), PrintTemplateVersion.id.desc())


def default_template(session: Session, module: str) -> PrintTemplate:
    """There is always one: it cannot be deleted."""
    return session.scalars(templates_of(module).limit(1)).one()


def save_template(
    session: Session,
    template: PrintTemplate | None,
    module: str,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> PrintTemplate:
    """Make a template, or change name and text. The text was checked by `sheets.template_problems` before.

    Raises FieldError where the name is taken, StaleRecord where somebody else saved first.
    """
    _lock(session, module)
    template = template or PrintTemplate(module=module, built_in=module, is_default=False)
    check_version(template, opened_version)
    _check_name(session, template, values["name"])
    changed = template.body != values["body"]
    template.name, template.body = values["name"], values["body"]
    template.paper = values.get("paper") or template.paper or A4
    if "choices" in values:
        template.choices = values["choices"]
    stamp(template, actor)
    session.add(template)
    session.flush()
    if changed:
        _keep_version(session, template, actor)
    return template


def restore_version(
    session: Session, template: PrintTemplate, version: PrintTemplateVersion, actor: Actor, opened_version: int | None
) -> None:
    """An older text becomes the present one; the present one stays among the versions."""
    choices = stored_choices(template.module, template.choices)
    _replace(session, template, version.body, replace(choices, source=OWN_HTML), actor, opened_version)


def restore_built_in(session: Session, template: PrintTemplate, actor: Actor, opened_version: int | None) -> None:
    """恢復默認: the text that the program came with."""
    module = template.built_in or template.module
    _replace(session, template, built_in_body(module), first_choices(module), actor, opened_version)


def make_default(session: Session, template: PrintTemplate, actor: Actor) -> None:
    """The template that is printed by where none is chosen."""
    _lock(session, template.module)
    for other in session.scalars(templates_of(template.module)):
        if other.is_default and other is not template:
            other.is_default = False
            stamp(other, actor)
    if not template.is_default:
        template.is_default = True
        stamp(template, actor)
    session.flush()


def delete_template(session: Session, template: PrintTemplate, actor: Actor) -> None:
    """Raises DomainError for the default: so there is always one left."""
    _lock(session, template.module)
    session.refresh(template)
    if template.is_default:
        raise DomainError(N_("The default template cannot be deleted. Please make another one the default first."))
    discard(template, actor)
    session.flush()


def _lock(session: Session, module: str) -> None:
    """One change at a time among the templates of a kind (PostgreSQL; SQLite writes one at a time anyway)."""
    session.execute(select(PrintTemplate.id).where(PrintTemplate.module == module).with_for_update())


def _check_name(session: Session, template: PrintTemplate, name: str) -> None:
    other_templates = (other for other in session.scalars(templates_of(template.module)) if other is not template)
    if any(text.fold(template_beside.name) == text.fold(name) for template_beside in other_templates):
        raise FieldError("name", N_("This name is already in the list. Please choose another one."))


def _replace(
    session: Session,
    template: PrintTemplate,
    body: str,
    choices: SheetChoices,
    actor: Actor,
    opened_version: int | None,
) -> None:
    _lock(session, template.module)
    check_version(template, opened_version)
    if template.body != body or template.choices != choices.stored():
        template.body, template.choices = body, choices.stored()
        stamp(template, actor)
        session.flush()
        _keep_version(session, template, actor)


def _keep_version(session: Session, template: PrintTemplate, actor: Actor) -> None:
    """The new text with who saved it and when; beyond KEPT_VERSIONS the oldest go."""
    version = PrintTemplateVersion(template_id=template.id, at=actor.now, by_id=actor.user_id, body=template.body)
    session.add(version)
    session.flush()
    old = list(session.scalars(versions_of(template).with_only_columns(PrintTemplateVersion.id).offset(KEPT_VERSIONS)))
    if old:
        session.execute(delete(PrintTemplateVersion).where(PrintTemplateVersion.id.in_(old)))
