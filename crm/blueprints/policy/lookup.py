"""公共檢索設置: what the public search shows (P-2)."""

from types import SimpleNamespace
from typing import Any

from flask import flash, url_for

from crm.blueprints.policy import blueprint
from crm.catalogue.public_search import LOOKUP_POLICY, OFFERED, WHERE_KEPT
from crm.domain.customers.public_search import ALWAYS_SHOWN, count_shown, save_public_search_policy
from crm.domain.platform.settings import FirmSettings
from crm.extensions import db
from crm.models import Permission
from crm.web import checkboxes  # noqa: F401  (the control)
from crm.web.access import may, requires
from crm.web.firm_settings import lookups, settings
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/policy/lookup")
@requires(Permission.POLICY_VIEW)
def lookup() -> Any:
    return _show(_form())


@blueprint.post("/policy/lookup")
@requires(Permission.POLICY_SAVE)
def save_lookup() -> Any:
    form = _form()
    if attempt(form, lambda: _save(form), SimpleNamespace(version=settings().version)) is None:
        return _show(form, form.status)
    flash(_("The public search settings have been saved."), "done")
    return go(url_for("policy.lookup"))


def _form() -> RecordForm:
    """The ticks as they stand; the name is always shown."""
    firm = settings()
    held = {field.key: set(getattr(firm, field.key)) for field in LOOKUP_POLICY}
    held["lookup_columns"].add(ALWAYS_SHOWN)
    form = form_for(LOOKUP_POLICY, defaults={**held, "version": firm.version})
    form["lookup_columns"].offer((field.key, _(field.label), field.key != ALWAYS_SHOWN) for field in OFFERED)
    form["lookup_pools"].offer((key, _(word), True) for key, word in WHERE_KEPT.options)
    statuses = lookups().dictionary("customer_status").items
    form["lookup_statuses"].offer((item.id, item.name, True) for item in statuses)
    return form


def _save(form: RecordForm) -> bool:
    """In the order in which the ticks stand."""
    values = {name: [key for key, *_rest in form[name].offered if key in form[name].data] for name in form.values()}
    save_public_search_policy(db.session(), values, form.opened_version)
    return True


def _show(form: RecordForm, code: int = 200) -> Any:
    may_save = may(Permission.POLICY_SAVE)
    return page("policy/lookup.html", code, form=form, may_save=may_save, now_shown=summary_text(settings()))


def summary_text(firm: FirmSettings) -> str:
    """What the policy that is in force does, and how many customers it shows."""
    parts = [_(word) for key, word in WHERE_KEPT.options if key in firm.lookup_pools]
    statuses = [lookups().dictionary("customer_status").name(key) for key in firm.lookup_statuses]
    columns = [_(field.label) for field in OFFERED if field.key in firm.lookup_columns]
    return _(
        "The public search now finds %(count)s customers (%(parts)s; status: %(statuses)s)"
        " and shows of each: %(columns)s.",
        count=f"{count_shown(db.session(), firm):,}",
        parts=" · ".join(parts),
        statuses=" · ".join(statuses) or _("All"),
        columns=" · ".join(columns),
    )
