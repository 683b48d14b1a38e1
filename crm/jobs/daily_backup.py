"""The backup of every day, and the watch over it (D-3)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from crm.domain.platform.backups import LONG_WITHOUT, folder_for, tell_administrators
from crm.domain.platform.settings import read_settings
from crm.entities.record_saving import Actor
from crm.errors import DomainError, storable
from crm.i18n import N_
from crm.installation.backup_files import SCHEDULED, backups_in
from crm.jobs.backups import MADE, back_up
from crm.jobs.places import ROOT_OPTION
from crm.models import User
from crm.models.engine import FOLDER

MISSING = N_("No backup was made for %(days)s days. Please look at the settings of the backup.")


def scheduled_backup(engine: Engine, actor: Actor) -> tuple[str, dict[str, Any]]:
    outcome = back_up(engine, actor, SCHEDULED)
    return MADE, {"name": outcome.backup.name}


def backup_failed(session: Session, actor: Actor, problem: DomainError) -> None:
    """Notify the administrators of the reason, by email too; older backups stay (hostile case 62)."""
    tell_administrators(session, problem.message, storable(problem.values), actor, f"backup-failed-{_today(actor)}")


def _today(actor: Actor) -> str:
    return actor.now.astimezone(actor.zone).date().isoformat()


def days_without(session: Session, actor: Actor) -> int:
    """Whole days since the newest backup; where there is none, since the firm's first person came."""
    options = session.get_bind().get_execution_options()
    root = Path(options.get(ROOT_OPTION) or Path(options[FOLDER]) / "backups")
    newest = next(iter(backups_in(folder_for(read_settings(session), root))), None)
    since = newest.made_at if newest is not None else session.scalar(select(func.min(User.created_at)))
    return (actor.now - since) // timedelta(days=1) if since is not None else 0


def backup_is_missing(session: Session, actor: Actor) -> bool:
    return read_settings(session).backup_on and days_without(session, actor) >= LONG_WITHOUT


def tell_of_missing(session: Session, actor: Actor) -> tuple[str, dict[str, Any]]:
    days = days_without(session, actor)
    tell_administrators(session, MISSING, {"days": days}, actor, f"backup-missing-{_today(actor)}")
    return N_("The administrators were told that backups are missing."), {}
