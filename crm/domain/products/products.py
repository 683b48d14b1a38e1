"""Verbs of products: saved, stopped, sold again (G-2)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.sales.document_lines import is_used
from crm.entities import policy
from crm.entities.names_and_codes import set_code, set_name
from crm.entities.record_saving import Actor, assign, check_version, lock_for_update, stamp
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.models import DictionaryItem, Permission, Product, ProductCategory
from crm.models.products import GOODS, ON_SALE, STOPPED

PLAIN_KEYS = tuple("category_id kind specification unit_id price floor_price state notes".split())
NEW_PRODUCT = {"kind": GOODS, "state": ON_SALE}
STOP, RESUME = "stop", "resume"

policy.declare_action("products", STOP, Permission.PRODUCTS_SAVE)
policy.declare_action("products", RESUME, Permission.PRODUCTS_SAVE)


def save_product(
    session: Session,
    product: Product | None,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> Product:
    """Make or change a product. The cost is only taken from who may see costs.

    Raises NotAllowed without the right, FieldError for a code that is taken or a category that is gone, StaleRecord
    where somebody else saved first.
    """
    lock_for_update(session, product)
    policy.check_save(session, actor, "products", product)
    product = product or Product(**NEW_PRODUCT)
    check_version(product, opened_version)
    _check_choices(session, product, values)
    set_name(product, values)
    assign(product, values, PLAIN_KEYS)
    if actor.rights.may(Permission.PRODUCTS_COST):
        assign(product, values, ("cost",))
    set_code(session, product, "products", values.get("code"), actor)
    stamp(product, actor)
    session.add(product)
    session.flush()
    return product


def _check_choices(session: Session, product: Product, values: Mapping[str, Any]) -> None:
    category_id = values.get("category_id")
    if category_id is not None:
        # Held, so that nobody deletes it as an empty one meanwhile.
        alive = select(ProductCategory.id).where(
            ProductCategory.id == category_id, ProductCategory.deleted_at.is_(None)
        )
        if session.scalar(alive.with_for_update(read=True)) is None:
            raise FieldError("category_id", N_("Please choose one from the list."))
    unit = session.get(DictionaryItem, values["unit_id"]) if values.get("unit_id") else None
    if unit is not None and (unit.dictionary != "unit" or (unit.retired and unit.id != product.unit_id)):
        raise FieldError("unit_id", N_("Please choose one from the list."))


def is_price_below_minimum(product: Product) -> bool:
    """Whether the lowest price lies above the usual one, which is most likely a slip: a warning, not a refusal."""
    return product.floor_price is not None and product.price is not None and product.floor_price > product.price


def stop_product(session: Session, product: Product, actor: Actor) -> None:
    """It is offered for new documents no more (停售). Raises DomainError where it is stopped already."""
    _set_state(session, product, STOPPED, STOP, actor)


def resume_product(session: Session, product: Product, actor: Actor) -> None:
    """It is offered again (在售)."""
    _set_state(session, product, ON_SALE, RESUME, actor)


def _set_state(session: Session, product: Product, state: str, action: str, actor: Actor) -> None:
    lock_for_update(session, product)
    policy.check(session, actor, action, product)
    product.state = state
    stamp(product, actor)
    session.flush()


@policy.guard("products", STOP)
def _on_sale(session: Session, product: Product, actor: Actor) -> DomainError | None:
    return DomainError(N_("It is already no longer sold.")) if product.state == STOPPED else None


@policy.guard("products", RESUME)
def _stopped(session: Session, product: Product, actor: Actor) -> DomainError | None:
    return DomainError(N_("It is already on sale.")) if product.state == ON_SALE else None


@policy.guard("products", policy.DELETE)
def _not_used(session: Session, product: Product, actor: Actor) -> DomainError | None:
    if not is_used(session, product):
        return None
    return DomainError(N_("It is used in quotes or orders, so it cannot be deleted. Stop selling it instead."))
