"""The drop-down of salespeople, in every form of a sale."""

from typing import Any

from crm.entities.policy import assignable_people
from crm.extensions import db
from crm.web.access import actor, may_do, rights
from crm.web.forms import RecordForm


def hidden_keys() -> set[str]:
    """The keys to be left out of the form: the salesperson is chosen only by who may assign."""
    return set() if may_do("customers", "assign") else {"owner_id"}


def restrict_salespeople(form: RecordForm, record: Any) -> None:
    """Only people within the reach of the right to assign are offered, beside the present one."""
    if "owner_id" not in form:
        return
    reached = set(db.session.scalars(assignable_people(actor())))
    reached.add(record.owner_id if record is not None else rights().user_id)
    form["owner_id"].narrow = lambda person: person.id in reached
