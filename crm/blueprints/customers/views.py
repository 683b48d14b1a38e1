"""The customers' pages: list, file, saving (C-1, C-5)."""

from typing import Any

from flask import request, url_for

from crm.blueprints.customers import blueprint
from crm.blueprints.customers.forms import customer_form, details_of, save_form
from crm.blueprints.customers.overview import overview_of
from crm.blueprints.customers.table import CUSTOMERS
from crm.entities import policy
from crm.models import Permission
from crm.web.access import get_or_404, requires
from crm.web.customer_file import file_of, strip_of
from crm.web.customer_ownership import ownership_actions
from crm.web.firm_settings import lookups
from crm.web.respond import page
from crm.web.table import bulk_page, table_export, table_page


@blueprint.get("/customers")
@requires(Permission.CUSTOMERS_VIEW)
def index() -> Any:
    return page("customers/index.html", table=table_page(CUSTOMERS))


@blueprint.get("/customers/export")
@requires(Permission.CUSTOMERS_EXPORT)
def export() -> Any:
    return table_export(CUSTOMERS)


@blueprint.post("/customers/bulk")
@requires(Permission.CUSTOMERS_SAVE)
def bulk() -> Any:
    return bulk_page(CUSTOMERS, url_for("customers.index"))


@blueprint.get("/customers/new")
@requires(Permission.CUSTOMERS_SAVE)
def new() -> Any:
    return page("customers/new.html", form=customer_form(None))


@blueprint.post("/customers")
@requires(Permission.CUSTOMERS_SAVE)
def create() -> Any:
    return save_form(None)


@blueprint.get("/customers/<int:id>")
@requires(Permission.CUSTOMERS_VIEW, Permission.POOL_VIEW)
def show(id: int) -> Any:
    customer = get_or_404("customers", id)
    file = file_of(customer, "show")
    return page("customers/overview.html", **overview_of(customer, file["counts"]), **file)


@blueprint.get("/customers/<int:id>/details")
@requires(Permission.CUSTOMERS_VIEW, Permission.POOL_VIEW)
def details(id: int) -> Any:
    """客戶資料: the fields as values (C-10)."""
    customer = get_or_404("customers", id)
    return page("customers/details.html", groups=details_of(customer), **file_of(customer, "details"))


@blueprint.get("/customers/<int:id>/edit")
@requires(Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
def edit(id: int) -> Any:
    customer = get_or_404("customers", id, policy.CHANGE)
    return page("customers/edit.html", form=customer_form(customer), **file_of(customer, "details"))


@blueprint.get("/customers/<int:id>/more")
@requires(Permission.CUSTOMERS_VIEW, Permission.POOL_VIEW)
def more(id: int) -> Any:
    """更多: what is seldom done with a customer, deleting among it."""
    customer = get_or_404("customers", id)
    return page("customers/more.html", customer=customer, **ownership_actions(customer))


@blueprint.get("/customers/<int:id>/strip")
@requires(Permission.CUSTOMERS_VIEW, Permission.POOL_VIEW)
def strip(id: int) -> Any:
    """The head of the file alone: it fetches itself anew when a box has changed what it shows (C-2)."""
    return page("customers/_strip.html", **strip_of(get_or_404("customers", id)))


@blueprint.get("/customers/cities")
@requires(Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
def cities() -> Any:
    """The cities of the chosen province, for the form (城市 follows the province)."""
    form = customer_form(None)
    form.process(request.args)
    province = lookups().provinces.by_id.get(form["province_id"].data)
    return page("customers/_cities.html", form=form, region=province and province.parent_id)


@blueprint.post("/customers/<int:id>")
@requires(Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
def update(id: int) -> Any:
    return save_form(get_or_404("customers", id))
