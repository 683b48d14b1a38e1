"""紅字: a wrong approved receipt is put right by its reversal, never by changing it (RC-4)."""

from typing import Any

from flask import flash, url_for

from crm.blueprints.receipts import blueprint
from crm.domain.sales.receipts import REVERSE, reverse_receipt
from crm.entities.receipts import REVERSAL_REASON
from crm.extensions import db
from crm.models import Permission, Receipt
from crm.web.access import actor, get_or_404, requires
from crm.web.form_saving import attempt
from crm.web.forms import form_for
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/receipts/<int:id>/reverse")
@requires(Permission.RECEIPTS_SAVE)
def ask_reverse(id: int) -> Any:
    return page("receipts/reverse.html", receipt=get_or_404("receipts", id, REVERSE), form=form_for((REVERSAL_REASON,)))


@blueprint.post("/receipts/<int:id>/reverse")
@requires(Permission.RECEIPTS_SAVE)
def reverse(id: int) -> Any:
    receipt, form = get_or_404("receipts", id), form_for((REVERSAL_REASON,))

    def verb() -> Receipt:
        return reverse_receipt(db.session(), receipt, actor(), form["notes"].data)

    reversal = attempt(form, verb)
    if reversal is None:
        return page("receipts/reverse.html", form.status, receipt=receipt, form=form)
    flash(_("The reversal %(code)s is a draft. Submit it for approval.", code=reversal.code), "done")
    return go(url_for("receipts.show", id=reversal.id))
