"""What can be done with several ticked customers at once (C-6)."""

from typing import Any

from crm.catalogue.field import Field
from crm.catalogue.pool import OWNER
from crm.catalogue.types import MomentType
from crm.domain.deleting import delete_customer, plan_next_contact
from crm.domain.pool import put_into_pool, tell_of_several, transfer_customer
from crm.domain.saving import Acting
from crm.i18n import N_
from crm.models import Customer, Permission
from crm.web.table import BulkAction

NEXT = Field("next_contact_at", N_("Next contact"), MomentType(), required=True)


def transfer_one(session: Any, customer: Customer, acting: Acting, owner_id: int) -> None:
    transfer_customer(session, customer, acting, owner_id, tell=False)


BULK = (
    BulkAction(
        "next",
        N_("Change next contact"),
        Permission.CUSTOMERS_SAVE,
        plan_next_contact,
        N_("%(count)s customers will get this next contact:"),
        N_("%(count)s customers changed."),
        fields=(NEXT,),
    ),
    BulkAction(
        "owner",
        N_("Change owner"),
        Permission.CUSTOMERS_SAVE,
        transfer_one,
        N_("%(count)s customers will get another owner. Whom?"),
        N_("%(count)s customers changed."),
        fields=(OWNER,),
        after=tell_of_several,
    ),
    BulkAction(
        "pool",
        N_("Put into the pool"),
        Permission.CUSTOMERS_SAVE,
        put_into_pool,
        N_("Do you want to put these customers into the pool? (%(count)s)"),
        N_("%(count)s customers put into the pool."),
    ),
    BulkAction(
        "delete",
        N_("Delete"),
        Permission.CUSTOMERS_SAVE,
        delete_customer,
        N_("Do you want to delete these customers with everything that belongs to them? (%(count)s)"),
        N_("%(count)s customers deleted."),
        danger=True,
    ),
)
