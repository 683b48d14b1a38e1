"""The templates that every firm begins with, one for each kind of document (A-11)."""

from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.domain.prints.choices import compose, first_choices
from crm.domain.prints.printed import PRINTED
from crm.models import PrintTemplate, PrintTemplateVersion

NAMES = {"zh_Hant": "標準格式", "zh_Hans": "标准格式", "en": "Standard"}


def built_in_body(module: str) -> str:
    """The text of the built-in template of a kind; labels stand in it as names, so it speaks every language."""
    return compose(module, first_choices(module))


def seed_print_templates(session: Session, language: str, now: datetime) -> None:
    """A default template for each kind that never had one; those that nobody has touched follow the program."""
    _renew_untouched(session, now)
    known = set(session.scalars(select(PrintTemplate.module).distinct()))
    for module in PRINTED:
        if module in known:
            continue
        template = PrintTemplate(
            module=module,
            name=NAMES.get(language, NAMES["zh_Hant"]),
            is_default=True,
            built_in=module,
            body=built_in_body(module),
            choices=first_choices(module).stored(),
            created_at=now,
            updated_at=now,
        )
        session.add(template)
        session.flush()
        session.add(PrintTemplateVersion(template_id=template.id, at=now, by_id=None, body=template.body))
    session.flush()


def _renew_untouched(session: Session, now: datetime) -> None:
    """What came with an older version, and was never saved by a person, becomes what this one brings."""
    untouched = session.scalars(select(PrintTemplate).where(PrintTemplate.id.in_(_without_authors())))
    for template in untouched:
        module = template.built_in or ""
        if module not in PRINTED or template.body != _last_body(session, template):
            continue
        body, choices = built_in_body(module), first_choices(module).stored()
        if (template.body, template.choices) != (body, choices):
            template.body, template.choices = body, choices
            session.add(PrintTemplateVersion(template_id=template.id, at=now, by_id=None, body=body))
    session.flush()


def _without_authors() -> Select[int]:
    """The templates of which no text was saved by a person."""
    by_people = func.count(PrintTemplateVersion.by_id)
    return select(PrintTemplateVersion.template_id).group_by(PrintTemplateVersion.template_id).having(by_people == 0)


def _last_body(session: Session, template: PrintTemplate) -> str | None:
    versions = select(PrintTemplateVersion.body).where(PrintTemplateVersion.template_id == template.id)
    return session.scalar(versions.order_by(PrintTemplateVersion.id.desc()).limit(1))
