"""Seals of the logs: whoever changes, removes or inserts an entry past the program is found out (A-9).

A job seals the entries that came since the last seal. A seal tells each of them by a mark, and is signed, together
with the signature before it, with a key that is made from the installation's secret key and stands in no database.
So an entry that was sealed can neither change nor go, and none can come between; what is not sealed yet can.
What the firm wants deleted after its time goes by whole seals, and what was left begins a new chapter that says so.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, text

from crm.installation.encryption import derived_key
from crm.models import LogSeal, OperationLog, SystemLog
from crm.models.encrypted import KEY

LABEL = b"shuke-crm seals of the logs, 1"
ENTRIES, PRUNED, RESTORED = "entries", "pruned", "restored"
LOGS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "operation_log": (
        OperationLog,
        ("id", "at", "user_id", "address", "action", "entity", "record_id", "name", "changes"),
    ),
    "system_log": (SystemLog, ("id", "at", "kind", "user_id", "name", "address", "path", "number", "detail")),
}
"""Log → its model, and the columns that a seal speaks of, in their order for ever."""
ID_BYTES, MARK_BYTES = 8, 8
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NOTED = "log_seals.json"
OWN_JOB = "log_seals"
"""The job's own runs stand in the system log: they alone are no reason to seal."""

_seals: Table = LogSeal.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Head:
    """Where the chain of a log ends: the next seal follows it."""

    number: int = 0
    last_id: int = 0
    signature: str = ""
    until: datetime = LONG_AGO


def seal_entries(connection: Connection, log: str, now: datetime, limit: int) -> int:
    """Seal up to `limit` entries of the log that no seal covers yet; returns how many."""
    _block_writers(connection, log)
    head = head_of(connection, log)
    rows = [_read(log, row) for row in connection.execute(_entries(log, head.last_id).limit(limit))]
    if not rows:
        return 0
    values = {
        "kind": ENTRIES,
        "last_id": rows[-1].id,
        "entries": len(rows),
        "marks": _marks(rows),
        "digest": _digest(rows),
        "until": max(head.until, *(row.at for row in rows)),
    }
    _append(connection, log, head, now, values)
    return len(rows)


def has_unsealed(connection: Connection) -> bool:
    """Whether there is an entry worth a seal."""
    return any(_unsealed(connection, log) for log in LOGS)


def _unsealed(connection: Connection, log: str) -> bool:
    model, _columns = LOGS[log]
    statement = select(model.id).where(model.id > head_of(connection, log).last_id)
    if log == "system_log":
        statement = statement.where((SystemLog.kind != "job") | (SystemLog.name != OWN_JOB))
    return connection.execute(statement.limit(1)).first() is not None


def begin_restored_chapter(connection: Connection, now: datetime) -> None:
    """A backup was restored: what is sealed from here on follows its last seal, whoever sealed that."""
    for log in LOGS:
        head = head_of(connection, log)
        values = {"kind": RESTORED, "last_id": head.last_id, "entries": 0, "marks": None, "digest": "", "until": now}
        _append(connection, log, head, now, values)


def prune(connection: Connection, log: str, before: datetime, now: datetime, limit: int) -> int:
    """Delete the oldest entries, by whole seals of entries that are all older than `before`; returns how many.

    The last of these seals' places is taken by one that says so, and that the next seal follows.
    """
    model, _columns = LOGS[log]
    old = _old_seals(connection, log, before, limit)
    if not any(seal.kind != PRUNED for seal in old):
        return 0
    last = old[-1]
    connection.execute(delete(model.__table__).where(model.__table__.c.id <= last.last_id))
    connection.execute(delete(_seals).where(_seals.c.log == log, _seals.c.number <= last.number))
    values = {
        "number": last.number,
        "kind": PRUNED,
        "last_id": last.last_id,
        "entries": sum(seal.entries for seal in old),
        "marks": None,
        "digest": _followed(last),
        "previous": "",
        "until": last.until,
    }
    _insert(connection, log, now, values)
    return sum(seal.entries for seal in old if seal.kind != PRUNED)


def _old_seals(connection: Connection, log: str, before: datetime, limit: int) -> list[Any]:
    """The first seals of the log that may go now: at least one, of `limit` entries together where there are more.

    The last one stays whatever its age: SQLite gives the numbers of an empty table out again.
    """
    last = head_of(connection, log).number
    statement = select(_seals).where(_seals.c.log == log, _seals.c.number < last).order_by(_seals.c.number)
    seals: list[Any] = []
    entries = 0
    for seal in connection.execute(statement):
        entries_of_seal = 0 if seal.kind == PRUNED else seal.entries
        if seal.until >= before or (entries and entries + entries_of_seal > limit):
            break
        entries += entries_of_seal
        seals.append(seal)
    return seals


def count_old(connection: Connection, before: datetime) -> int:
    """How many entries `prune` would delete."""
    count = 0
    for log in LOGS:
        last = head_of(connection, log).number
        old = (_seals.c.log == log, _seals.c.until < before, _seals.c.kind != PRUNED, _seals.c.number < last)
        count += connection.execute(select(func.coalesce(func.sum(_seals.c.entries), 0)).where(*old)).scalar_one()
    return count


def head_of(connection: Connection, log: str) -> Head:
    seal = _last_seal(connection, log)
    return Head() if seal is None else Head(seal.number, seal.last_id, _followed(seal), seal.until)


def _followed(seal: Any) -> str:
    """What the next seal names as the one before it."""
    return str(seal.digest if seal.kind == PRUNED else seal.signature)


def _append(connection: Connection, log: str, head: Head, now: datetime, values: dict[str, Any]) -> None:
    _insert(connection, log, now, {**values, "number": head.number + 1, "previous": head.signature})


def _insert(connection: Connection, log: str, now: datetime, values: dict[str, Any]) -> None:
    key = _key(connection)
    seal = {"log": log, "at": now, "key_mark": _key_mark(key), **values}
    connection.execute(insert(_seals).values(**seal, signature=_signature(key, seal)))


def _block_writers(connection: Connection, log: str) -> None:
    """Of entries that are still being written none may come in below the last one; on SQLite nobody else writes."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = '3s'"))
        connection.execute(text("LOCK TABLE log_seals IN EXCLUSIVE MODE"))  # one seals at a time
        connection.execute(text(f"LOCK TABLE {log} IN SHARE MODE"))


# What is signed


@dataclass(frozen=True)
class Entry:
    """An entry of a log as a seal speaks of it."""

    id: int
    at: datetime
    digest: bytes

    @property
    def mark(self) -> bytes:
        return self.id.to_bytes(ID_BYTES, "big") + self.digest[:MARK_BYTES]


def _entries(log: str, after: int, up_to: int | None = None) -> Any:
    model, columns = LOGS[log]
    statement = select(*(model.__table__.c[name] for name in columns)).where(model.__table__.c.id > after)
    if up_to is not None:
        statement = statement.where(model.__table__.c.id <= up_to)
    return statement.order_by(model.__table__.c.id)


def _read(log: str, row: Any) -> Entry:
    return Entry(row.id, row.at, hashlib.sha256(_canonical([log, *row])).digest())


def _canonical(values: Sequence[Any]) -> bytes:
    """The same bytes for the same values, on every database."""
    plain_values = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in values]
    return json.dumps(plain_values, sort_keys=True, separators=(",", ":"), default=str).encode()


def _marks(entries: Sequence[Entry]) -> bytes:
    return b"".join(entry.mark for entry in entries)


def _digest(entries: Sequence[Entry]) -> str:
    return hashlib.sha256(b"".join(entry.digest for entry in entries)).hexdigest()


def _key(connection: Connection) -> bytes:
    return derived_key(str(getattr(connection.dialect, KEY)), LABEL)


def _key_mark(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:16]


def _signature(key: bytes, seal: Any) -> str:
    marks = hashlib.sha256(seal["marks"] or b"").hexdigest()
    names = ("log", "number", "kind", "last_id", "entries", "digest", "previous", "at", "until", "key_mark")
    return hmac.new(key, _canonical([*(seal[name] for name in names), marks]), "sha256").hexdigest()


# The last seal, noted outside of the database


def note_heads(connection: Connection, folder: Path) -> None:
    """Keep the last seal of each log beside the database, where whoever can only write into that cannot change it.

    What is noted already and is missing in the database stays noted: it will be asked for.
    """
    noted = {}
    for log in LOGS:
        former, head = noted_head(folder, log), _last_seal(connection, log)
        if former is not None and not _is_there(connection, log, former):
            noted[log] = former
        elif head is not None:
            noted[log] = [head.number, _followed(head), head.at.isoformat()]
    part = folder / f"{NOTED}.part"
    part.write_text(json.dumps(noted), encoding="ascii")
    part.replace(folder / NOTED)


def noted_head(folder: Path, log: str) -> list[Any] | None:
    try:
        head = json.loads((folder / NOTED).read_text(encoding="ascii"))[log]
        return [int(head[0]), str(head[1]), datetime.fromisoformat(head[2]).isoformat()]
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _is_there(connection: Connection, log: str, noted: list[Any]) -> bool:
    """Whether the noted seal is there, or is known to be gone: deleted after its time, or with a backup restored."""
    number, signature, at = noted
    noted_row = connection.execute(select(_seals).where(_seals.c.log == log, _seals.c.number == number)).first()
    if noted_row is not None and _followed(noted_row) == signature:
        return True
    pruned = (_seals.c.kind == PRUNED) & (_seals.c.number >= number)
    restored = (_seals.c.kind == RESTORED) & (_seals.c.at >= datetime.fromisoformat(at))
    key = _key(connection)
    later = connection.execute(select(_seals).where(_seals.c.log == log, pruned | restored))
    return any(seal.signature == _signature(key, seal._mapping) for seal in later)


def _last_seal(connection: Connection, log: str) -> Any:
    return connection.execute(
        select(_seals).where(_seals.c.log == log).order_by(_seals.c.number.desc()).limit(1)
    ).first()


# Verifying

CHANGED, REMOVED, INSERTED = "changed", "removed", "inserted"
SEAL_CHANGED, SEAL_MISSING = "seal changed", "seal missing"


@dataclass(frozen=True)
class Problem:
    """The first thing that is wrong: with an entry, or with the seal of that number."""

    kind: str
    entry: int | None
    seal: int


@dataclass
class Verdict:
    """What verifying a log found: how many entries are sealed and as they were, and how many no seal tells of yet.

    `deleted` were deleted by the program after their time. `foreign` are sealed with another installation's key, from
    before a backup was restored here: they cannot be checked.
    """

    log: str
    sealed: int = 0
    unsealed: int = 0
    deleted: int = 0
    foreign: int = 0
    seals: int = 0
    last: str = ""
    problem: Problem | None = None


def verify(connection: Connection, log: str, folder: Path) -> Verdict:
    """Look at every seal of the log and at every entry, from the first on, up to the first thing that is wrong.

    `folder` is the instance's, where the last seal is noted.
    """
    verdict, key = Verdict(log), _key(connection)
    foreign_until = _foreign_until(connection, log, key)
    before = Head()
    for seal in _all_seals(connection, log):
        verdict.problem = _wrong_with_seal(seal, before, key, foreign_until) or _wrong_entry(connection, seal, before)
        if verdict.problem is not None:
            return verdict
        _count(verdict, seal, foreign_until)
        before = Head(seal.number, seal.last_id, _followed(seal), seal.until)
    noted = noted_head(folder, log)
    if noted is not None and not _is_there(connection, log, noted):
        verdict.problem = Problem(SEAL_MISSING, None, noted[0])
    model, _columns = LOGS[log]
    verdict.unsealed = connection.execute(select(func.count()).where(model.id > before.last_id)).scalar_one()
    return verdict


def _all_seals(connection: Connection, log: str) -> Iterator[Any]:
    """A few at a time: each holds the marks of up to two thousand entries."""
    number = 0
    while True:
        statement = select(_seals).where(_seals.c.log == log, _seals.c.number > number).order_by(_seals.c.number)
        batch = connection.execute(statement.limit(50)).all()
        yield from batch
        if not batch:
            return
        number = batch[-1].number


def _count(verdict: Verdict, seal: Any, foreign_until: int) -> None:
    verdict.seals += 1
    verdict.last = f"{seal.number} {seal.signature[:16]}"
    if seal.kind == PRUNED:
        verdict.deleted = seal.entries
    elif seal.number <= foreign_until:
        verdict.foreign += seal.entries
    else:
        verdict.sealed += seal.entries


def _foreign_until(connection: Connection, log: str, key: bytes) -> int:
    """Up to this number another installation sealed: a chapter of ours says that a backup was restored after it."""
    ours = (_seals.c.log == log, _seals.c.kind == RESTORED, _seals.c.key_mark == _key_mark(key))
    first = connection.execute(select(func.min(_seals.c.number)).where(*ours)).scalar()
    of_other_keys = (_seals.c.log == log, _seals.c.number < (first or 0), _seals.c.key_mark != _key_mark(key))
    return connection.execute(select(func.max(_seals.c.number)).where(*of_other_keys)).scalar() or 0


def _wrong_with_seal(seal: Any, before: Head, key: bytes, foreign_until: int) -> Problem | None:
    first = before.number == 0
    begins = seal.kind == PRUNED if first and seal.number != 1 else first or seal.number == before.number + 1
    if not begins:
        return Problem(SEAL_MISSING, None, before.number + 1)
    signed = hmac.compare_digest(_signature(key, seal._mapping), seal.signature)
    if not signed and seal.number > foreign_until:
        return Problem(SEAL_CHANGED, None, seal.number)
    if seal.previous != ("" if seal.kind == PRUNED else before.signature) or (seal.kind == PRUNED and not first):
        return Problem(SEAL_CHANGED, None, seal.number)
    return None


def _wrong_entry(connection: Connection, seal: Any, before: Head) -> Problem | None:
    """The first entry that is not as the seal tells it."""
    marks, size = seal.marks or b"", ID_BYTES + MARK_BYTES
    sealed_marks = [marks[at : at + size] for at in range(0, len(marks), size)]
    entries = [_read(seal.log, row) for row in connection.execute(_entries(seal.log, before.last_id, seal.last_id))]
    for at, entry in enumerate(entries):
        sealed_id = int.from_bytes(sealed_marks[at][:ID_BYTES], "big") if at < len(sealed_marks) else None
        if sealed_id is None or entry.id < sealed_id:
            return Problem(INSERTED, entry.id, seal.number)
        if entry.id > sealed_id:
            return Problem(REMOVED, sealed_id, seal.number)
        if entry.mark != sealed_marks[at]:
            return Problem(CHANGED, entry.id, seal.number)
    if len(sealed_marks) > len(entries):
        return Problem(REMOVED, int.from_bytes(sealed_marks[len(entries)][:ID_BYTES], "big"), seal.number)
    if seal.kind == ENTRIES and _digest(entries) != seal.digest:
        return Problem(SEAL_CHANGED, None, seal.number)
    return None
