"""What can be done with several ticked customers at once (C-6)."""

from dataclasses import replace
from typing import Any

from crm.catalogue.pool import OWNER
from crm.domain.customers.bulk_changes import plan_next_contact, set_category, set_level, set_status
from crm.domain.customers.pool import HAND_OVER, RELEASE, notify_new_owner_of_many, release_customer, transfer_customer
from crm.domain.platform.affected_records import count_deleted_with, count_transferred_with, planned_with
from crm.domain.platform.deletion import delete_record
from crm.entities import policy
from crm.entities.customers import CUSTOMER
from crm.entities.record_saving import Actor
from crm.i18n import N_
from crm.web.table import BulkAction

NEXT, LEVEL, STATUS, CATEGORY = (
    replace(field, required=True) for field in CUSTOMER.pick("next_contact_at", "level_id", "status_id", "category_id")
)
CHANGED = N_("%(count)s customers changed.")


def transfer_one(session: Any, customer: Any, actor: Actor, owner_id: int) -> None:
    transfer_customer(session, customer, actor, owner_id, tell=False)


BULK = (
    BulkAction(
        "next",
        N_("Change next contact"),
        policy.permission_for(CUSTOMER, policy.CHANGE),
        plan_next_contact,
        N_("%(count)s customers will get this next contact date:"),
        CHANGED,
        policy_action=policy.CHANGE,
        fields=(NEXT,),
    ),
    BulkAction(
        "level",
        N_("Change level"),
        policy.permission_for(CUSTOMER, policy.CHANGE),
        set_level,
        N_("%(count)s customers will get this level:"),
        CHANGED,
        policy_action=policy.CHANGE,
        fields=(LEVEL,),
    ),
    BulkAction(
        "status",
        N_("Change status"),
        policy.permission_for(CUSTOMER, policy.CHANGE),
        set_status,
        N_("%(count)s customers will get this status:"),
        CHANGED,
        policy_action=policy.CHANGE,
        fields=(STATUS,),
    ),
    BulkAction(
        "category",
        N_("Change category"),
        policy.permission_for(CUSTOMER, policy.CHANGE),
        set_category,
        N_("%(count)s customers will get this category:"),
        CHANGED,
        policy_action=policy.CHANGE,
        fields=(CATEGORY,),
    ),
    BulkAction(
        "owner",
        N_("Change owner"),
        policy.permission_for(CUSTOMER, HAND_OVER),
        transfer_one,
        N_("%(count)s customers will get a new owner. Who should it be?"),
        CHANGED,
        policy_action=HAND_OVER,
        fields=(OWNER,),
        side_effects=count_transferred_with,
        after=notify_new_owner_of_many,
    ),
    BulkAction(
        "pool",
        N_("Move to the pool"),
        policy.permission_for(CUSTOMER, RELEASE),
        release_customer,
        N_("Move %(count)s customers to the pool?"),
        N_("%(count)s customers moved to the pool."),
        policy_action=RELEASE,
        side_effects=planned_with,
    ),
    BulkAction(
        "delete",
        N_("Delete"),
        policy.permission_for(CUSTOMER, policy.DELETE),
        delete_record,
        N_("Delete %(count)s customers with everything that belongs to them?"),
        N_("%(count)s customers deleted."),
        policy_action=policy.DELETE,
        danger=True,
        side_effects=count_deleted_with,
    ),
)
