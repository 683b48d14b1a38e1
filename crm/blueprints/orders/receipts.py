"""The receipts of one order, as a tab of its page."""

from dataclasses import replace

from crm.blueprints.receipts.table import RECEIPTS
from crm.i18n import N_

RECEIPTS_OF_ORDER = replace(
    RECEIPTS,
    columns=tuple(c for c in RECEIPTS.columns if c.key != "customer"),
    filters=(),
    more=(),
    advanced=False,
    bulk=(),
    endpoint="orders.receipts",
    export_endpoint="",
    empty_text=N_("No payments for this order yet."),
)
