"""The tree, the form of a category, deleting an empty one (G-1)."""

from typing import Any

from flask import request, url_for
from sqlalchemy import select

from crm.blueprints.categories import blueprint
from crm.domain.products.categories import category_tree, delete_category, delete_refusal, save_category, subtree_ids
from crm.entities.products import CATEGORY
from crm.extensions import db
from crm.models import Permission, ProductCategory
from crm.web.access import actor, may, one_or_404, requires
from crm.web.errors import error_text
from crm.web.firm_settings import lookups
from crm.web.form_saving import attempt
from crm.web.formatting import shown_values
from crm.web.forms import RecordForm, form_for
from crm.web.respond import page, saved
from crm.web.translation import gettext as _
from crm.web.urls import record_number


@blueprint.get("/categories")
@requires(Permission.CATEGORIES_VIEW)
def index() -> Any:
    return page("categories/index.html", branches=category_tree(db.session()))


@blueprint.get("/categories/new")
@requires(Permission.CATEGORIES_SAVE)
def new() -> Any:
    above = request.args.get("in", type=record_number)
    known = lookups().product_categories.by_id
    return _show(None, form_for(CATEGORY, None, {"parent_id": above if above in known else None}))


@blueprint.post("/categories")
@requires(Permission.CATEGORIES_SAVE)
def create() -> Any:
    return _save(None)


@blueprint.get("/categories/<int:id>")
@requires(Permission.CATEGORIES_VIEW)
def show(id: int) -> Any:
    category = _category_or_404(id)
    return _show(category, category_form(category))


@blueprint.post("/categories/<int:id>")
@requires(Permission.CATEGORIES_SAVE)
def update(id: int) -> Any:
    return _save(_category_or_404(id))


@blueprint.get("/categories/<int:id>/delete")
@requires(Permission.CATEGORIES_SAVE)
def ask_delete(id: int) -> Any:
    category = _category_or_404(id)
    refusal = delete_refusal(db.session(), category)
    return page("categories/delete.html", category=category, refusal=error_text(refusal) if refusal else "")


@blueprint.post("/categories/<int:id>/delete")
@requires(Permission.CATEGORIES_SAVE)
def delete(id: int) -> Any:
    category = _category_or_404(id)
    delete_category(db.session(), category, actor())
    return saved(url_for("categories.index"), _("%(what)s has been deleted.", what=category.name))


def category_form(category: ProductCategory | None) -> RecordForm:
    """The category itself and what lies under it are not offered as its place."""
    form = form_for(CATEGORY, category)
    if category is not None:
        barred = subtree_ids(lookups().product_categories, category.id)
        form["parent_id"].narrow = lambda item: item.id not in barred
    return form


def _category_or_404(id: int) -> ProductCategory:
    statement = select(ProductCategory).where(ProductCategory.id == id, ProductCategory.deleted_at.is_(None))
    category: ProductCategory = one_or_404(statement)
    return category


def _save(category: ProductCategory | None) -> Any:
    form = category_form(category)
    done = attempt(
        form, lambda: save_category(db.session(), category, form.values(), actor(), form.opened_version), category
    )
    if done is None:
        return _show(category, form, form.status)
    return saved(url_for("categories.index"), _("%(what)s has been saved.", what=done.name))


def _show(category: ProductCategory | None, form: RecordForm, code: int = 200) -> Any:
    may_save = may(Permission.CATEGORIES_SAVE)
    shown = shown_values(CATEGORY, category) if category is not None else []
    return page("categories/form.html", code, category=category, form=form, may_save=may_save, shown=shown)
