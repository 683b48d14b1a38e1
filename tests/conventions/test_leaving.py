"""What happens to whatever names a person when the person leaves: handed over, ended, or kept under their name (A-2).

Who adds a column says here what it is; a kind of record with an owner needs no word.
"""

from crm.entities.references import references_to
from crm.entities.registry import entities
from crm.models import User

HANDED_OVER = {
    "saved_reports.user_id": "to the successor, with the emails that go out",
    "saved_searches.user_id": "shared ones to the successor",
    "orders.approver_id": "while it waits: to whoever is chosen, or to all who may approve",
    "approval_rules.person_id": "to somebody who may approve",
    "approval_rules.second_id": "to somebody who may approve",
    "approval_requirements.person_id": "while it waits: as the document's approver",
    "receipts.approver_id": "while it waits: to whoever is chosen, or to all who may approve",
}
ENDED = {
    "login_sessions.user_id": "signed out",
    "second_factors.user_id": "turned off",
    "recovery_codes.user_id": "gone with the second factor",
    "approval_stand_ins.user_id": "nobody stands in for who left",
    "approval_stand_ins.stand_in_id": "who left stands in for nobody",
    "calendar_addresses.user_id": "taken away",
    "password_links.user_id": "good for nothing any more",
    "password_links.made_by_id": "who invited somebody",
    "role_members.user_id": "taken away, and logged",
    "personal_grants.user_id": "taken away, and logged",
    "report_receivers.user_id": "sent nothing any more",
    "schedule_participants.user_id": "taken out of what is to come",
}
THEIR_OWN = {
    "list_columns.user_id": "how they saw a list",
    "sent_forms.user_id": "kept for a while",
    "notices.user_id": "what they were told",
    "mail_messages.user_id": "what was sent to them",
    "long_tasks.by_id": "who left may do nothing more: it ends",
    "import_runs.by_id": "who left may do nothing more: it ends",
}
WHO_DID_IT = {
    "created_by_id",
    "deleted_by_id",
    "submitted_by_id",
    "approved_by_id",
    "done_by_id",
    "by_id",
    "to_id",
    "decided_by_id",
}
"""The name stays on what somebody did."""
MEANT = {
    "system_log.user_id": "the log",
    "operation_log.user_id": "the log",
    "deletions.owner_id": "whose it was when it was deleted",
}


def test_everything_that_names_a_person_is_accounted_for() -> None:
    owners = {f"{kind.model.__tablename__}.{kind.owner}" for kind in entities() if kind.owner}
    known = owners | HANDED_OVER.keys() | ENDED.keys() | THEIR_OWN.keys() | MEANT.keys()
    named = {f"{table.name}.{column.name}": column for table, column in references_to(User.__table__)}
    unknown = [name for name, column in named.items() if name not in known and column.name not in WHO_DID_IT]
    assert unknown == []
    assert sorted(known - named.keys()) == []
