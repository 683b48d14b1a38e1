"""What goes over from the live database into the restored one: who stays signed in, and what already happened (D-4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text, update

from crm.domain.platform.log_seals import begin_restored_chapter
from crm.domain.platform.system_log_words import MAX_LENGTH, detail
from crm.domain.platform.system_log_words import RESTORED as RESTORED_DATA
from crm.entities.change_log import RESTORED, log_row
from crm.entities.record_saving import Actor
from crm.i18n import N_
from crm.installation.backup_files import Backup
from crm.jobs.backups import LOGGED
from crm.jobs.progress import RunningTask
from crm.models import JobRun, LoginSession, LongTask, OperationLog, SavedReport, User
from crm.models.base import Base
from crm.models.engine import read_only
from crm.models.jobs import FAILED, RUNNING, UNFINISHED
from crm.models.mail import FAILED as NOT_SENT
from crm.models.mail import SENDING
from crm.models.mail import WAITING as TO_BE_SENT

DATA_OF = N_("The data of %(at)s from %(backup)s were restored. The data before that are in %(safety)s.")
OVERTAKEN = N_("The data were restored from a backup meanwhile, so this was not done.")
NOT_SENT_AGAIN = "restored: it may have been sent before"


@dataclass(frozen=True)
class Carried:
    """What goes over into the restored database: who restored it and stays signed in, and what already happened."""

    now: datetime
    actor: Actor
    login_key: str
    session: Mapping[str, Any] | None
    task: Mapping[str, Any] | None
    runs: list[Mapping[str, Any]]
    emailed: dict[int, datetime]
    backup: str
    made_at: str
    safety: str


def read_carried(
    engine: Engine, actor: Actor, token_hash: str, running: RunningTask | None, backup: Backup, safety: str
) -> Carried:
    """From the live database, just before it is replaced."""
    with read_only(True), engine.connect() as connection:

        def rows(table: Any, *where: Any) -> list[Mapping[str, Any]]:
            return [dict(row) for row in connection.execute(select(table).where(*where)).mappings()]

        users: Any = User.__table__
        user = rows(users, users.c.id == actor.user_id) if actor.user_id else []
        sessions: Any = LoginSession.__table__
        session = rows(sessions, sessions.c.token_hash == token_hash) if token_hash else []
        tasks: Any = LongTask.__table__
        task = rows(tasks, tasks.c.id == running.id) if running is not None else []
        runs: Any = JobRun.__table__
        reports: Any = SavedReport.__table__
        emailed = {row["id"]: row["emailed_for"] for row in rows(reports) if row["emailed_for"]}
        return Carried(
            actor.now,
            actor,
            user[0]["login_key"] if user else "",
            session[0] if session else None,
            {**task[0], "done": running.done} if task and running is not None else None,
            rows(runs),
            emailed,
            backup.name,
            backup.made_at.isoformat(),
            safety,
        )


def carry_over(connection: Connection, carried: Carried) -> None:
    """Everybody else is signed out; nothing that was done or sent since is done or sent again; the logs say it."""
    tables: Any = Base.metadata.tables
    sessions, users, tasks = tables["login_sessions"], tables["users"], tables["long_tasks"]
    now = carried.now
    connection.execute(update(sessions).where(sessions.c.ended_at.is_(None)).values(ended_at=now))
    links = tables["password_links"]
    connection.execute(update(links).where(links.c.ended_at.is_(None)).values(ended_at=now))
    known = connection.execute(
        select(users.c.id).where(
            users.c.id == carried.actor.user_id, users.c.login_key == carried.login_key, users.c.deleted_at.is_(None)
        )
    ).first()
    if known is not None and carried.session is not None:
        row = {key: value for key, value in carried.session.items() if key != "id"}
        connection.execute(sessions.delete().where(sessions.c.token_hash == row["token_hash"]))
        connection.execute(insert(sessions).values(**row))
    problem = {"problem": [OVERTAKEN, {}]}
    connection.execute(
        update(tasks).where(tasks.c.state.in_(UNFINISHED)).values(state=FAILED, finished_at=now, result=problem)
    )
    if known is not None and carried.task is not None:
        connection.execute(tasks.delete().where(tasks.c.id == carried.task["id"]))
        result = {"safety": carried.safety, "name": carried.backup}
        values = {**carried.task, "payload": {**carried.task["payload"], "restored": True}, "result": result}
        connection.execute(insert(tasks).values(**{**values, "state": RUNNING}))
        _move_sequence(connection, "long_tasks")
    _carry_runs(connection, carried, tables)
    _log(connection, carried, known is not None, tables)
    begin_restored_chapter(connection, now)


def _carry_runs(connection: Connection, carried: Carried, tables: Any) -> None:
    """What the clock ran, and what was sent since the backup, is not run and sent again."""
    runs, mail, reports = tables["job_runs"], tables["mail_messages"], tables["saved_reports"]
    present = {(job, due) for job, due in connection.execute(select(runs.c.job, runs.c.due))}
    people = set(connection.execute(select(tables["users"].c.id)).scalars())
    missing = [
        {**{k: v for k, v in run.items() if k != "id"}, "by_id": run["by_id"] if run["by_id"] in people else None}
        for run in carried.runs
        if (run["job"], run["due"]) not in present
    ]
    if missing:
        connection.execute(insert(runs), missing)
    connection.execute(
        update(mail).where(mail.c.state.in_((TO_BE_SENT, SENDING))).values(state=NOT_SENT, error=NOT_SENT_AGAIN)
    )
    for id_, moment in carried.emailed.items():
        connection.execute(
            update(reports)
            .where(reports.c.id == id_, func.coalesce(reports.c.emailed_for < moment, True))
            .values(emailed_for=moment)
        )


def _log(connection: Connection, carried: Carried, known: bool, tables: Any) -> None:
    actor = carried.actor
    restored = detail(
        DATA_OF, backup=carried.backup, at=f"{carried.made_at[:16].replace('T', ' ')} UTC", safety=carried.safety
    )
    connection.execute(
        insert(tables["system_log"]).values(
            at=carried.now,
            kind=LOGGED,
            name=RESTORED_DATA,
            user_id=actor.user_id if known and actor.user_id else None,
            address=actor.address[:60] or None,
            detail=restored[:MAX_LENGTH],
        )
    )
    row = log_row(actor, RESTORED, "restore", None, carried.backup, {"safety": [None, carried.safety]})
    connection.execute(insert(OperationLog), [{**row, "user_id": row["user_id"] if known else None}])


def _move_sequence(connection: Connection, table: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608
        )
