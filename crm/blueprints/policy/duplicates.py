"""客戶資料查重: what is compared, and whether a like customer warns or forbids (P-3)."""

from types import SimpleNamespace
from typing import Any

from flask import flash, url_for

from crm.blueprints.policy import blueprint
from crm.catalogue.duplicates import ATTRIBUTE_LABELS, DUPLICATE_POLICY
from crm.domain.customers.duplicates.counting import count_duplicates
from crm.domain.customers.duplicates.duplicate_policy import save_duplicate_policy
from crm.domain.platform.settings import FirmSettings
from crm.extensions import db
from crm.models import Permission
from crm.web import checkboxes  # noqa: F401  (the control)
from crm.web.access import may, requires
from crm.web.firm_settings import settings
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/policy/duplicates")
@requires(Permission.POLICY_VIEW)
def duplicates() -> Any:
    return _show(_form())


@blueprint.post("/policy/duplicates")
@requires(Permission.POLICY_SAVE)
def save_duplicates() -> Any:
    form = _form()
    if attempt(form, lambda: _save(form), SimpleNamespace(version=settings().version)) is None:
        return _show(form, form.status)
    flash(_("The policy has been saved."), "done")
    return go(url_for("policy.duplicates"))


def _form() -> RecordForm:
    firm = settings()
    held = {"duplicate_fields": set(firm.duplicate_fields), "duplicate_forbids": firm.duplicate_forbids}
    form = form_for(DUPLICATE_POLICY, defaults={**held, "version": firm.version})
    form["duplicate_fields"].offer((key, _(label), True) for key, label in ATTRIBUTE_LABELS)
    return form


def _save(form: RecordForm) -> bool:
    values = form.values()
    save_duplicate_policy(
        db.session(), values["duplicate_fields"], bool(values["duplicate_forbids"]), form.opened_version
    )
    return True


def _show(form: RecordForm, code: int = 200) -> Any:
    may_save = may(Permission.POLICY_SAVE)
    return page("policy/duplicates.html", code, form=form, may_save=may_save, now_shown=summary_text(settings()))


def summary_text(firm: FirmSettings) -> str:
    """What the policy that is in force does, and how many customers are alike at present."""
    labels = [_(label) for key, label in ATTRIBUTE_LABELS if key in firm.duplicate_fields]
    if not labels:
        return _("Nothing is compared: every customer can be saved, however many similar ones there are.")
    values = {"attributes": " · ".join(labels), "count": f"{count_duplicates(db.session(), firm.duplicate_fields):,}"}
    if firm.duplicate_forbids:
        return _(
            "When a customer is saved or imported, it is compared with all customers of the company "
            "(%(attributes)s). If there is a similar one, it cannot be saved. Currently %(count)s customers have a "
            "similar one.",
            **values,
        )
    return _(
        "When a customer is saved or imported, it is compared with all customers of the company (%(attributes)s). If "
        "there is a similar one, it is shown, and the person decides. Currently %(count)s customers have a similar "
        "one.",
        **values,
    )
