"""Backup, restore and a lost password by the command line, for the day on which the pages do not start (D-4)."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import select

from crm.domain.accounts.passwords import hash_password
from crm.domain.accounts.second_factor import turn_off
from crm.domain.accounts.sign_in import end_sessions, find_user
from crm.domain.platform.backups import folder_for
from crm.domain.platform.log_seals import CHANGED, INSERTED, LOGS, REMOVED, SEAL_CHANGED, Verdict, verify
from crm.domain.platform.settings import read_settings
from crm.domain.platform.system_log_words import detail
from crm.entities.record_saving import Actor, system_actor
from crm.errors import DomainError
from crm.extensions import db
from crm.i18n import N_
from crm.installation import backup_files
from crm.installation.archive import BadArchive, read_manifest
from crm.installation.backup_files import BY_HAND, backups_in
from crm.installation.file_encryption import is_encrypted
from crm.jobs.backups import back_up
from crm.jobs.database import read_session, write_session
from crm.jobs.places import place_of
from crm.jobs.restore import restore as restore_backup
from crm.models import Permission, SystemLog, User, rights_of
from crm.models.engine import instance_folder_of
from crm.web.server.startup import opened, prepared_database, upgrade
from crm.web.server.upgrade import known_state


@contextmanager
def _domain_errors_reported() -> Iterator[None]:
    try:
        yield
    except DomainError as problem:
        raise click.ClickException(problem.message % problem.values) from problem


def _acting() -> Actor:
    with read_session(db.engine) as session:
        return system_actor(datetime.now(UTC), read_settings(session).zone)


def _folder() -> Path:
    with read_session(db.engine) as session:
        return folder_for(read_settings(session), place_of(db.engine).root)


def backup(app: Flask) -> None:
    with prepared_database(app), _domain_errors_reported():
        outcome = back_up(db.engine, _acting(), BY_HAND)
    click.echo(f"The backup is made and checked: {outcome.backup.path}")
    if outcome.second_problem:
        click.echo(f"It could not be copied into the second folder: {outcome.second_problem}", err=True)


def list_backups(app: Flask) -> None:
    with prepared_database(app):
        for entry in backups_in(_folder()):
            click.echo(f"{entry.name}  {entry.size:>14,} bytes  {entry.reason or '-'}")


def restore(app: Flask, name: str, password: str, yes: bool) -> None:
    """Whatever serves the folder is to be stopped: here nobody signs anybody out."""
    with opened(app) as lock:
        lock.acquire_exclusive()
        empty = known_state(app).revision is None
    if empty:
        upgrade(app)  # the backup comes into a new database
    with opened(app) as lock, _domain_errors_reported():
        lock.acquire_exclusive()
        chosen = _taken_in(Path(name))
        if not yes:
            question = f"All data will be replaced by those of {chosen}; the present ones are backed up first. Go on?"
            click.confirm(question, abort=True)
        restored = restore_backup(db.engine, chosen, _acting(), password=password)
    click.echo(f"The data of {chosen} are back. What was there before is kept in {restored['safety']}.")


def _taken_in(path: Path) -> str:
    """The name within the folder of backups; a file from elsewhere is copied there first."""
    folder = _folder()
    if path.parent == Path() and backup_files.find(folder, path.name) is not None:
        return path.name
    if not path.is_file():
        raise click.ClickException(f"{path} is no file, and no backup in {folder}. See: flask --app wsgi backups")
    suffix = backup_files.ENCRYPTED if is_encrypted(path) else backup_files.PLAIN
    if suffix == backup_files.PLAIN:
        try:
            read_manifest(path)
        except BadArchive as error:
            raise click.ClickException(f"{path} is no backup of this program: {error}") from error
    if path.resolve().parent == folder.resolve() and backup_files.is_name(path.name):
        return path.name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = backup_files.new_path(folder, datetime.now(UTC), suffix)
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(path, part)
    backup_files.finish(part, target)
    return target.name


def administrator(app: Flask, login: str | None) -> None:
    """A password that has to be changed at the next sign-in; the second factor is off, all sessions end."""
    with prepared_database(app):
        if login is None:
            with read_session(db.engine) as session:
                people = session.scalars(select(User).where(User.deleted_at.is_(None)).order_by(User.id))
                for person in people:
                    if rights_of(session, person).may(Permission.ROLES_SAVE):
                        click.echo(f"{person.login}  {person.name}{'  (disabled)' if person.disabled_at else ''}")
            return
        password = secrets.token_urlsafe(9)
        with write_session(db.engine) as session:
            user = find_user(session, login)
            if user is None or not rights_of(session, user).may(Permission.ROLES_SAVE):
                raise click.ClickException(f"{login} is no administrator. See: flask --app wsgi administrator")
            now = datetime.now(UTC)
            user.password_hash, user.must_change_password, user.disabled_at = hash_password(password), True, None
            turn_off(session, user.id)
            end_sessions(session, user.id, now)
            session.add(
                SystemLog(
                    at=now,
                    kind="administrator",
                    name=user.login_key,
                    detail=detail(N_("By the command line of the server.")),
                )
            )
    click.echo(f"{login} signs in with this password, and chooses a new one then: {password}")


WORDS = {
    CHANGED: "Entry {entry} was changed after it was sealed (seal {seal}).",
    REMOVED: "Entry {entry} was removed after it was sealed (seal {seal}).",
    INSERTED: "Entry {entry} was inserted among sealed ones (seal {seal}).",
    SEAL_CHANGED: "Seal {seal} was changed, or was not made with this installation's key.",
}
MISSING = "Seal {seal} is missing."


def verify_logs(app: Flask) -> None:
    """Exit status 1 where something is wrong."""
    with prepared_database(app), read_session(db.engine) as session:
        folder = instance_folder_of(session)
        verdicts = [verify(session.connection(), log, folder) for log in LOGS]
    for verdict in verdicts:
        click.echo(_in_words(verdict))
    if any(verdict.problem for verdict in verdicts):
        raise click.exceptions.Exit(1)


def _in_words(verdict: Verdict) -> str:
    if verdict.problem is not None:
        problem = verdict.problem
        words = WORDS.get(problem.kind, MISSING).format(entry=problem.entry, seal=problem.seal)
        return f"{verdict.log}: WRONG. {words}"
    line = f"{verdict.log}: all right. {verdict.sealed:,} entries are as they were sealed, "
    line += f"{verdict.unsealed:,} not sealed yet."
    if verdict.deleted:
        line += f" {verdict.deleted:,} older ones were deleted after their time."
    if verdict.foreign:
        line += f" {verdict.foreign:,} came with a backup of another installation and cannot be checked."
    return f"{line} Last seal: {verdict.last or '-'}"
