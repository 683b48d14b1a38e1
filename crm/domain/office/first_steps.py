"""開始使用: what a new firm's administrator, or somebody new, does first; done steps tick themselves (W-7)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm.domain.customers.owners import ACTIVE
from crm.domain.platform.mail import is_mail_configured
from crm.domain.platform.settings import read_settings
from crm.entities.record_saving import Actor
from crm.models import ContactRecord, Customer, Opportunity, Permission, ScheduleItem, Setting, User
from crm.models.table_versions import get_or_compute

PEOPLE, CUSTOMERS, POLICY, MAIL, BACKUP = "people", "customers", "policy", "mail", "backup"
OWN_CUSTOMER, RECORD, ITEM, OPPORTUNITY = "own_customer", "record", "item", "opportunity"
NEW_FOR = timedelta(days=30)
"""So long somebody is new."""
DISMISSED = "started"
"""The key in a person's workbench settings that hides the steps."""
SECONDS = 60.0
TABLES = ("users", "customers", "settings", "contact_records", "schedule_items", "opportunities")


def first_steps(session: Session, user: User, actor: Actor) -> dict[str, bool]:
    """Step → whether it is done; empty for who is not new, or wants to see none."""
    if (user.workbench or {}).get(DISMISSED):
        return {}
    rights = actor.rights
    is_new = user.created_at >= actor.now - NEW_FOR and rights.may(Permission.CUSTOMERS_SAVE)
    if not rights.administrator and not is_new:
        return {}
    read = _of_firm if rights.administrator else _of_person
    steps: dict[str, bool] = get_or_compute(("first_steps", user.id), TABLES, lambda: read(session, actor), SECONDS)
    return steps if not all(steps.values()) else {}


def _of_firm(session: Session, actor: Actor) -> dict[str, bool]:
    set_ = or_(*(Setting.key.startswith(part, autoescape=True) for part in ("recycle_", "duplicate_", "claim_")))
    people = select(func.count()).select_from(select(User.id).where(*ACTIVE).limit(2).subquery())
    saved = select(Setting.key).where(set_).exists()
    backups = select(Setting.key).where(Setting.key.startswith("backup_", autoescape=True)).exists()
    row = session.execute(select(people.scalar_subquery(), select(Customer.id).exists(), saved, backups)).one()
    return {
        PEOPLE: row[0] > 1,
        CUSTOMERS: bool(row[1]),
        POLICY: bool(row[2]),
        MAIL: is_mail_configured(read_settings(session)),
        BACKUP: bool(row[3]),
    }


def _of_person(session: Session, actor: Actor) -> dict[str, bool]:
    me = actor.user_id
    conditions: dict[str, Any] = {
        OWN_CUSTOMER: select(Customer.id).where(Customer.owner_id == me, Customer.deleted_at.is_(None)).exists(),
        RECORD: select(ContactRecord.id).where(ContactRecord.created_by_id == me).exists(),
        ITEM: select(ScheduleItem.id).where(ScheduleItem.owner_id == me, ScheduleItem.deleted_at.is_(None)).exists(),
    }
    if actor.rights.may(Permission.OPPORTUNITIES_SAVE):
        conditions[OPPORTUNITY] = select(Opportunity.id).where(Opportunity.owner_id == me).exists()
    return dict(zip(conditions, map(bool, session.execute(select(*conditions.values())).one()), strict=True))


def dismiss_first_steps(session: Session, user: User) -> None:
    """The panel is not wanted any more."""
    user.workbench = {**(user.workbench or {}), DISMISSED: True}
    session.flush()
