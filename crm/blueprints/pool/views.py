"""The pages of the pools: the two lists, new customers without an owner, claiming."""

from typing import Any

from flask import flash, url_for

from crm.blueprints.customers.forms import customer_form, save_form
from crm.blueprints.pool import blueprint
from crm.blueprints.pool.table import IN_POOL, IN_RECYCLED_POOL, claiming_closed
from crm.clock import day_of
from crm.domain.customers.former_owners import previous_owned_since
from crm.domain.customers.pool import CLAIM, claim_customer, claimable_customers, claimed_today, owned_count
from crm.entities import measures, policy
from crm.extensions import db
from crm.models import Customer, Permission
from crm.web.access import actor, may, one_or_404, requires
from crm.web.back_links import back_to
from crm.web.customer_ownership import pool_url
from crm.web.errors import error_text
from crm.web.firm_settings import settings
from crm.web.respond import go, page, saved
from crm.web.sessions import referring_page
from crm.web.table import Table, bulk_page, table_export, table_page
from crm.web.translation import gettext as _

TABS = (("pool.index", IN_POOL), ("pool.recycled", IN_RECYCLED_POOL))


@blueprint.get("/pool")
@requires(Permission.POOL_VIEW)
def index() -> Any:
    return _list(IN_POOL)


@blueprint.get("/pool/recycled")
@requires(Permission.POOL_VIEW)
def recycled() -> Any:
    return _list(IN_RECYCLED_POOL)


def _list(table: Table) -> Any:
    tabs = [
        {"label": _(table_of_tab.title), "url": url_for(endpoint), "current": table_of_tab is table}
        for endpoint, table_of_tab in TABS
    ]
    note = claiming_closed() if may(Permission.POOL_CLAIM) else ""
    return page("pool/index.html", table=table_page(table), tabs=tabs, note=note)


@blueprint.get("/pool/export")
@requires(Permission.POOL_EXPORT)
def export() -> Any:
    return table_export(IN_POOL)


@blueprint.get("/pool/recycled/export")
@requires(Permission.POOL_EXPORT)
def export_recycled() -> Any:
    return table_export(IN_RECYCLED_POOL)


@blueprint.post("/pool/bulk")
@requires(Permission.POOL_ASSIGN, Permission.POOL_CLAIM)
def bulk() -> Any:
    return bulk_page(IN_POOL, url_for("pool.index"))


@blueprint.post("/pool/recycled/bulk")
@requires(Permission.POOL_ASSIGN, Permission.POOL_CLAIM)
def bulk_recycled() -> Any:
    return bulk_page(IN_RECYCLED_POOL, url_for("pool.recycled"))


@blueprint.get("/pool/new")
@requires(Permission.POOL_SAVE)
def new() -> Any:
    return page("customers/new.html", form=customer_form(None, pooled=True), pooled=True)


@blueprint.post("/pool")
@requires(Permission.POOL_SAVE)
def create() -> Any:
    return save_form(None, pooled=True)


@blueprint.get("/pool/<int:id>/claim")
@requires(Permission.POOL_CLAIM)
def claim(id: int) -> Any:
    """領取, asked first: it says how many the person has and may have."""
    customer = one_or_404(claimable_customers(actor()).where(Customer.id == id))
    refusal = policy.refusal_of(db.session(), actor(), CLAIM, customer)
    return page(
        "pool/claim.html",
        customer=customer,
        refusal=error_text(refusal) if refusal else "",
        owned=owned_count(db.session(), actor().user_id),
        today=claimed_today(db.session(), actor()),
        firm=settings(),
        idle=_idle_days(customer),
        back=back_to(pool_url(customer)),
    )


def _idle_days(customer: Customer) -> int | None:
    """The idle days with which a former owner gets the customer back; None for a new one."""
    by = actor()
    since = previous_owned_since(db.session(), customer, by.user_id, by)
    if since is None:
        return None
    return measures.idle_days(measures.idle_since(customer.last_contact_at, since), day_of(by.now, by.zone), by.zone)


@blueprint.post("/pool/<int:id>/claim")
@requires(Permission.POOL_CLAIM)
def take(id: int) -> Any:
    customer = one_or_404(claimable_customers(actor()).where(Customer.id == id))
    file, before = url_for("customers.show", id=id), (referring_page() or "").partition("?")[0]
    claim_customer(db.session(), customer, actor())
    message = _("The customer %(name)s is now yours.", name=customer.name)
    if before == file or before.startswith(f"{file}/"):
        # The file's buttons and form are others now, not its head alone.
        flash(message, "done")
        return go(file)
    return saved(file, message, changed="customers-changed")
