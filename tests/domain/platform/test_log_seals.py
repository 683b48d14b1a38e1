"""Seals of the logs: what is changed past the program is found, and the first entry is named (A-9)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from crm.domain.platform.log_seals import (
    LOGS,
    Problem,
    Verdict,
    begin_restored_chapter,
    has_unsealed,
    note_heads,
    prune,
    seal_entries,
    verify,
)
from crm.models import LogSeal, OperationLog, SystemLog
from crm.models.encrypted import KEY
from crm.models.engine import instance_folder_of

NOW = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
"""After all that making the firm has logged, whenever the tests run."""
OPERATIONS = "operation_log"


def write(session: Session, count: int, at: datetime = NOW) -> list[int]:
    """So many entries, a minute apart."""
    rows = [
        {
            "at": at + timedelta(minutes=n),
            "action": "changed",
            "entity": "customers",
            "name": f"客戶 {n}",
            "changes": {"name": [f"甲 {n}", "乙"], "amount": [None, "1.50"], "ids": [[1, 2], None]},
        }
        for n in range(count)
    ]
    session.execute(insert(OperationLog), rows)
    session.flush()
    return list(session.scalars(select(OperationLog.id).order_by(OperationLog.id.desc()).limit(count)))[::-1]


def seal(session: Session, most: int = 4, at: datetime = NOW) -> None:
    while seal_entries(session.connection(), OPERATIONS, at, most):
        pass


def verdict(session: Session) -> Verdict:
    session.flush()
    return verify(session.connection(), OPERATIONS, folder(session))


def folder(session: Session) -> Path:
    return instance_folder_of(session)


@pytest.fixture
def ids(session: Session) -> list[int]:
    """Ten sealed entries, in seals of four."""
    seal(session, 1000)  # what setting the firm up told
    found = write(session, 10)
    seal(session)
    return found


def test_what_nobody_touched_is_as_it_was_sealed(session: Session, ids: list[int]) -> None:
    found = verdict(session)
    assert found.problem is None
    assert (found.unsealed, found.sealed >= 10, found.deleted, found.foreign) == (0, True, 0, 0)
    write(session, 3)
    assert verdict(session).unsealed == 3
    session.commit()
    session.expire_all()
    assert verdict(session).problem is None


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "別的"},
        {"changes": {}},
        {"user_id": 1},
        {"at": NOW - timedelta(days=1)},
        {"action": "created"},
        {"entity": "orders"},
        {"record_id": 7},
        {"address": "192.0.2.1"},
    ],
)
def test_a_changed_entry_is_named(session: Session, ids: list[int], changed: dict[str, object]) -> None:
    for entry in (ids[5], ids[8]):
        session.execute(update(OperationLog).where(OperationLog.id == entry).values(changed))
    found = verdict(session).problem
    assert found is not None and (found.kind, found.entry) == ("changed", ids[5])


@pytest.mark.parametrize("place", [0, 3, 4, 9])
def test_a_removed_entry_is_named(session: Session, ids: list[int], place: int) -> None:
    session.execute(delete(OperationLog).where(OperationLog.id == ids[place]))
    found = verdict(session).problem
    assert found is not None and (found.kind, found.entry) == ("removed", ids[place])


def test_an_inserted_entry_is_named(session: Session, ids: list[int]) -> None:
    """One that took the place of nothing: the numbers between were left free."""
    kept = ids[2]
    session.execute(text(f"UPDATE operation_log SET id = id + 100 WHERE id > {kept}"))
    seal_from = session.scalars(select(LogSeal).where(LogSeal.log == OPERATIONS, LogSeal.last_id > kept)).all()
    for each in seal_from:
        session.delete(each)
    session.flush()
    write_gap = session.scalars(select(OperationLog.id).where(OperationLog.id > kept).order_by(OperationLog.id)).all()
    seal(session)
    assert verdict(session).problem is None
    row = {"at": NOW, "action": "created", "entity": "customers", "name": "插入", "changes": {}}
    session.execute(insert(OperationLog).values(id=kept + 50, **row))
    found = verdict(session).problem
    assert found is not None and (found.kind, found.entry) == ("inserted", kept + 50)
    assert write_gap[0] == kept + 101


def last_seal(session: Session) -> LogSeal:
    return session.scalars(select(LogSeal).where(LogSeal.log == OPERATIONS).order_by(LogSeal.number.desc())).first()  # type: ignore[return-value]


@pytest.mark.parametrize("column", ["marks", "digest", "last_id", "entries", "previous", "until", "at"])
def test_a_changed_seal_is_found(session: Session, ids: list[int], column: str) -> None:
    one = last_seal(session)
    others = {"marks": b"x", "digest": "0" * 64, "previous": "0" * 64}
    setattr(one, column, others.get(column, getattr(one, column) + timedelta(1) if column in ("until", "at") else 1))
    assert verdict(session).problem == Problem("seal changed", None, one.number)


def test_a_removed_seal_is_found(session: Session, ids: list[int]) -> None:
    one = last_seal(session)
    session.execute(delete(LogSeal).where(LogSeal.log == OPERATIONS, LogSeal.number == one.number - 1))
    assert verdict(session).problem == Problem("seal missing", None, one.number - 1)


def test_seals_removed_at_the_end_are_asked_for(session: Session, ids: list[int]) -> None:
    """The last one is noted outside of the database; sealing anew does not help."""
    note_heads(session.connection(), folder(session))
    last = last_seal(session).number
    session.execute(delete(LogSeal).where(LogSeal.log == OPERATIONS))
    session.execute(update(OperationLog).where(OperationLog.id == ids[5]).values(name="別的"))
    assert verdict(session).problem == Problem("seal missing", None, last)
    seal(session, 3)
    note_heads(session.connection(), folder(session))
    assert verdict(session).problem == Problem("seal missing", None, last)


def test_a_key_of_ones_own_signs_nothing(session: Session, ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever seals anew with another key is found by the installation's."""
    dialect = session.connection().dialect
    key = getattr(dialect, KEY)
    session.execute(delete(LogSeal).where(LogSeal.log == OPERATIONS))
    monkeypatch.setattr(dialect, KEY, "another")
    seal(session)
    monkeypatch.setattr(dialect, KEY, key)
    assert verdict(session).problem == Problem("seal changed", None, 1)


def test_old_entries_go_by_whole_seals_and_a_new_chapter_says_so(session: Session, ids: list[int]) -> None:
    """Nothing is deleted before its time, nor what is not sealed."""
    connection = session.connection()
    before = NOW + timedelta(minutes=5)
    first = session.scalar(select(OperationLog.id).order_by(OperationLog.id).limit(1))
    assert first is not None
    while prune(connection, OPERATIONS, before, NOW, 2):
        pass
    left = list(session.scalars(select(OperationLog.id).order_by(OperationLog.id)))
    assert left == [one for one in left if one >= ids[4]] and ids[4] in left
    found = verdict(session)
    assert found.problem is None and found.deleted >= 4
    note_heads(session.connection(), folder(session))
    while prune(connection, OPERATIONS, NOW + timedelta(days=1), NOW, 1000):
        pass
    assert list(session.scalars(select(OperationLog.id))) == ids[8:]  # the last seal stays, and with it the numbers
    assert verdict(session).problem is None
    later = write(session, 3)
    assert prune(connection, OPERATIONS, NOW + timedelta(days=1), NOW, 1000) == 0
    seal(session)
    assert verdict(session).problem is None
    session.execute(delete(OperationLog).where(OperationLog.id == later[1]))
    problem = verdict(session).problem
    assert problem is not None and (problem.kind, problem.entry) == ("removed", later[1])


def test_what_comes_back_below_a_deleted_part_is_found(session: Session, ids: list[int]) -> None:
    while prune(session.connection(), OPERATIONS, NOW + timedelta(minutes=5), NOW, 1000):
        pass
    row = {"at": NOW, "action": "created", "entity": "customers", "name": "插入", "changes": {}}
    session.execute(insert(OperationLog).values(id=ids[0], **row))
    found = verdict(session).problem
    assert found is not None and (found.kind, found.entry) == ("inserted", ids[0])


def test_a_chapter_of_deleted_entries_cannot_be_forged(session: Session, ids: list[int]) -> None:
    while prune(session.connection(), OPERATIONS, NOW + timedelta(minutes=5), NOW, 1000):
        pass
    chapter = session.scalars(select(LogSeal).where(LogSeal.kind == "pruned")).one()
    chapter.last_id += 2
    session.execute(delete(OperationLog).where(OperationLog.id <= chapter.last_id))
    assert verdict(session).problem == Problem("seal changed", None, chapter.number)


def test_a_restored_backup_begins_a_chapter(session: Session, ids: list[int]) -> None:
    """Its last seal is older than the one that is noted, and that is all right."""
    early = list(session.execute(select(LogSeal.__table__).where(LogSeal.log == OPERATIONS)).mappings())
    write(session, 4)
    seal(session)
    note_heads(session.connection(), folder(session))
    session.execute(delete(OperationLog).where(OperationLog.id > ids[-1]))
    session.execute(delete(LogSeal).where(LogSeal.log == OPERATIONS))
    session.execute(insert(LogSeal), [dict(row) for row in early])
    assert verdict(session).problem is not None
    begin_restored_chapter(session.connection(), NOW + timedelta(hours=1))
    assert verdict(session).problem is None
    write(session, 2)
    seal(session, at=NOW + timedelta(hours=2))
    note_heads(session.connection(), folder(session))
    assert verdict(session).problem is None


def test_a_backup_of_another_installation_says_what_cannot_be_checked(
    session: Session, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session.connection().dialect, KEY, "another")
    assert verdict(session).problem == Problem("seal changed", None, 1)
    begin_restored_chapter(session.connection(), NOW)
    write(session, 2)
    seal(session)
    found = verdict(session)
    assert found.problem is None and found.foreign >= 10 and found.sealed == 2


def test_both_logs_are_sealed(session: Session) -> None:
    connection = session.connection()
    session.add(SystemLog(at=NOW, kind="login", name="wang"))
    session.flush()
    assert has_unsealed(connection)
    for log in LOGS:
        while seal_entries(connection, log, NOW, 1000):
            pass
    assert not has_unsealed(connection)
    session.add(SystemLog(at=NOW, kind="job", name="log_seals"))
    session.flush()
    assert not has_unsealed(connection)  # or the job would run for its own run's sake, for ever
