"""The products' pages: list, form, deleting (G-2)."""

from typing import Any

from flask import flash, request, url_for

from crm.blueprints.products import blueprint
from crm.blueprints.products.table import PRODUCTS
from crm.domain.platform.deletion import delete_record
from crm.domain.products.products import is_price_below_minimum, save_product
from crm.entities import policy
from crm.entities.products import FORM_KEYS, PRODUCT
from crm.extensions import db
from crm.models import Permission, Product
from crm.models.products import GOODS, ON_SALE, ProductState
from crm.web.access import actor, can, get_or_404, requires
from crm.web.back_links import back_to
from crm.web.firm_settings import lookups
from crm.web.form_saving import attempt
from crm.web.formatting import badge, show_value, shown_values
from crm.web.forms import RecordForm, form_for
from crm.web.respond import form_again, page, saved
from crm.web.table import bulk_page, table_export, table_page
from crm.web.translation import gettext as _
from crm.web.urls import record_number

FIELDS = PRODUCT.pick(*FORM_KEYS)


@blueprint.get("/products")
@requires(Permission.PRODUCTS_VIEW)
def index() -> Any:
    return page("products/index.html", table=table_page(PRODUCTS))


@blueprint.get("/products/export")
@requires(Permission.PRODUCTS_EXPORT)
def export() -> Any:
    return table_export(PRODUCTS)


@blueprint.post("/products/bulk")
@requires(Permission.PRODUCTS_SAVE)
def bulk() -> Any:
    return bulk_page(PRODUCTS, url_for("products.index"))


@blueprint.get("/products/new")
@requires(Permission.PRODUCTS_SAVE)
def new() -> Any:
    """A new product; from a category's list it begins in that category."""
    return page("products/new.html", form=product_form(None))


@blueprint.post("/products")
@requires(Permission.PRODUCTS_SAVE)
def create() -> Any:
    form = product_form(None)
    return save(form, None) or form_again("products/new.html", form.status, form=form)


@blueprint.get("/products/<int:id>")
@requires(Permission.PRODUCTS_VIEW)
def show(id: int) -> Any:
    product = get_or_404("products", id)
    return page("products/show.html", **file_values(product, product_form(product)))


@blueprint.post("/products/<int:id>")
@requires(Permission.PRODUCTS_SAVE)
def update(id: int) -> Any:
    product = get_or_404("products", id)
    form = product_form(product)
    return save(form, product) or form_again("products/show.html", form.status, **file_values(product, form))


@blueprint.get("/products/<int:id>/delete")
@requires(Permission.PRODUCTS_SAVE)
def ask_delete(id: int) -> Any:
    product = get_or_404("products", id)
    return page("products/delete.html", product=product, used=not can(policy.DELETE, product))


@blueprint.post("/products/<int:id>/delete")
@requires(Permission.PRODUCTS_SAVE)
def delete(id: int) -> Any:
    delete_record(db.session(), get_or_404("products", id), actor())
    return saved(back_to(url_for("products.index")), _("The product has been deleted."), changed="products-changed")


def product_form(product: Product | None) -> RecordForm:
    category = request.args.get("category", type=record_number)
    known = category if category in lookups().product_categories.by_id else None
    return form_for(FIELDS, product, {"kind": GOODS, "state": ON_SALE, "category_id": known}, kind=PRODUCT)


def save(form: RecordForm, product: Product | None) -> Any:
    """The answer after saving, or None where the form must be shown again."""
    saved_product = attempt(
        form, lambda: save_product(db.session(), product, form.values(), actor(), form.opened_version), product
    )
    if saved_product is None:
        return None
    if is_price_below_minimum(saved_product):
        flash(_("The lowest selling price is above the selling price. Please check both."), "warning")
    return saved(
        url_for("products.show", id=saved_product.id), _("The product has been saved."), changed="products-changed"
    )


def file_values(product: Product, form: RecordForm) -> dict[str, Any]:
    return {
        "product": product,
        "form": form,
        "changeable": can(policy.CHANGE, product),
        "shown": shown_values(PRODUCT, product),
        "category": show_value(PRODUCT["category_id"], product.category_id),
        "price": show_value(PRODUCT["price"], product.price),
        "unit": show_value(PRODUCT["unit_id"], product.unit_id),
        **badge(ProductState(product.state)),
    }
