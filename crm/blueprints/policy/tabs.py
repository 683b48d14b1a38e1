"""The tabs of 客戶管理策略; one that is not built yet is not shown."""

from typing import Any

from flask import current_app, request, url_for

from crm.blueprints.policy import blueprint
from crm.i18n import N_
from crm.web.translation import gettext as _

TABS = (
    ("policy.recycling", N_("Recycling of idle customers")),
    ("policy.lookup", N_("Public search settings")),
    ("policy.duplicates", N_("Duplicate check")),
    ("policy.levels", N_("Customer levels")),
)


@blueprint.context_processor
def tabs() -> dict[str, Any]:
    """For `policy/_tabs.html`. Compared by address: a wrong form is answered at the same one."""
    pages = [(url_for(endpoint), label) for endpoint, label in TABS if endpoint in current_app.view_functions]
    return {"policy_tabs": [{"label": _(label), "url": url, "current": url == request.path} for url, label in pages]}
