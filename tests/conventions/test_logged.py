"""The operation log hears of every table, or it is written down here why not (A-9)."""

import ast
import importlib
import pkgutil
from typing import Any

import pytest

import crm
from crm.entities.logged import labels_of, logged_keys, logged_kind, logged_kinds
from crm.models import Base

from .places import CRM, ROOT

NOT_LOGGED = {
    "OperationLog": "the log itself",
    "SystemLog": "the other log",
    "LogSeal": "signs the logs' entries",
    "CustomerEvent": "a history of its own, which nobody changes",
    "WorkflowEvent": "a history of its own, which nobody changes",
    "ApprovalRequirement": "written down with a submitted document; the decisions stand in its history",
    "StageEvent": "a history of its own, which nobody changes",
    "FormerNumber": "where the old address of such a record leads",
    "Merge": "told as one record that went into another",
    "NoDuplicate": "what somebody has said of two customers, to be asked no more",
    "Deletion": "an entry of the bin; the records that were deleted are told one by one",
    "PrintTemplateVersion": "the history of the templates' texts",
    "OrderLine": "told with its order",
    "QuoteLine": "told with its quote",
    "ReceiptLine": "told with its receipt",
    "ScheduleParticipant": "told with its item",
    "ScheduleSeries": "its items are told one by one",
    "TargetMonth": "told with its target",
    "ReportReceiver": "told with the kept report",
    "ImportColumn": "told with its template",
    "RoleGrant": "told as rights granted to the role",
    "RoleMember": "told as roles given to the person",
    "PersonalGrant": "told as rights granted to the person",
    "PasswordLink": "asking for one and using it stand in the system log",
    "LoginSession": "signing in and out stand in the system log",
    "SecondFactor": "turning it on and off stands in the system log",
    "RecoveryCode": "making new ones stands in the system log",
    "ImportWrite": "kept only to undo an import",
    "ImportRun": "told when it is done; its rows are told one by one",
    "JobRun": "runs of jobs stand in the system log",
    "FirmLogo": "the settings tell which one is shown",
    "StoredFile": "what is on disk; who hung it on which record is told",
    "LongTask": "how far work is; what it does is told",
    "NumberingCounter": "counts; the codes are told with the records",
    "Notice": "a message to one person, written by the program",
    "MailMessage": "a message to one person, written by the program",
    "ListColumns": "a person's own view of a list",
    "SentForm": "kept for a while so that nothing is saved twice",
    "UsedNonce": "kept for a while so that nothing is used twice",
}
WRITTEN_BY_THEMSELVES = {"crm/domain/platform/dictionaries.py: insert(DictionaryItem)"}
"""Many at once, told by `log_many`."""
STATEMENTS = {"insert", "update", "delete"}


def mapped() -> dict[str, Any]:
    return {
        mapper.class_.__name__: mapper.class_
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith("crm.")
    }


@pytest.fixture(scope="module", autouse=True)
def everything_declared() -> None:
    for found in pkgutil.walk_packages(crm.__path__, "crm."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def test_each_table_is_logged_or_it_says_why_not() -> None:
    logged = {name for name, model in mapped().items() if logged_kind(model) is not None}
    assert set(mapped()) - logged == set(NOT_LOGGED)


def test_each_thing_that_is_told_has_a_name_that_people_know() -> None:
    unnamed = [
        f"{kind.key}.{key}"
        for kind in logged_kinds()
        if kind.model.__module__.startswith("crm.") and not getattr(kind, "is_single", False)
        for key in logged_keys(kind.model)
        if key not in labels_of(kind)
    ]
    assert unnamed == []


def test_each_setting_has_a_name_that_people_know() -> None:
    from dataclasses import fields

    from crm.domain.platform.settings import FirmSettings

    (kind,) = [kind for kind in logged_kinds() if kind.key == "settings"]
    assert [one.name for one in fields(FirmSettings) if one.name not in labels_of(kind)] == []


def statements_on(names: set[str]) -> list[str]:
    """Statements that the session's flush does not see: `delete(Customer)`."""
    found = []
    for path in sorted(CRM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in STATEMENTS:
                named = {arg.id for arg in node.args[:1] if isinstance(arg, ast.Name)}
                found += [f"{path.relative_to(ROOT).as_posix()}: {node.func.id}({name})" for name in named & names]
    return found


def test_nothing_logged_is_written_past_the_flush() -> None:
    found = statements_on({name for name, model in mapped().items() if logged_kind(model) is not None})
    assert set(found) == WRITTEN_BY_THEMSELVES


def test_statements_past_the_flush_are_found() -> None:
    assert "crm/domain/sales/targets.py: delete(TargetMonth)" in statements_on({"TargetMonth"})
