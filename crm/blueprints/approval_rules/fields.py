"""The fields of a rule of approval, and of a stand-in (SO-8)."""

from crm.entities.entity import Field, FieldSet
from crm.fields import Amount, Day, FixedChoice, LevelChoice
from crm.i18n import N_
from crm.models import ApprovalRule, StandIn
from crm.models.approval_rules import BY_AMOUNT, BY_LEVEL, BY_PRICE
from crm.web.key_select import Listed

DOCUMENTS = (("orders", N_("Sales order")), ("receipts", N_("Receipt")))
CONDITIONS = (
    (BY_AMOUNT, N_("The amount is above a limit")),
    (BY_PRICE, N_("A price is below the lowest selling price")),
    (BY_LEVEL, N_("The customer has a certain level")),
)
WHEN, WHO = N_("When the rule applies"), N_("Who decides")

RULE = FieldSet(
    "approval_rules",
    N_("Approval rule"),
    ApprovalRule,
    (
        Field("document", N_("Document"), FixedChoice(options=DOCUMENTS), required=True, group=WHEN),
        Field("condition", N_("Condition"), FixedChoice(options=CONDITIONS), required=True, group=WHEN),
        Field("amount", N_("Amount above"), Amount(), group=WHEN, help=N_("Only for the condition on the amount.")),
        Field(
            "level_id", N_("Customer level"), LevelChoice(), group=WHEN, help=N_("Only for the condition on the level.")
        ),
        Field("decider", N_("Who decides"), Listed(), group=WHO, help=N_("Leave empty for the usual approvers.")),
        Field(
            "second",
            N_("Second person"),
            Listed(),
            group=WHO,
            help=N_("Approves after the first one; only then is the document approved."),
        ),
    ),
)

STAND_IN = FieldSet(
    "approval_stand_ins",
    N_("Stand-in for approvals"),
    StandIn,
    (
        Field("away", N_("Who is away"), Listed(), required=True),
        Field("instead", N_("Who decides instead"), Listed(), required=True),
        Field("from_on", N_("First day"), Day(), required=True),
        Field("until_on", N_("Last day"), Day(), required=True),
    ),
)
