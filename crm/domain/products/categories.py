"""The tree of product categories: added, changed, moved, deleted when empty (G-1)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import text
from crm.entities.record_saving import Actor, assign, check_version, discard, stamp
from crm.errors import DomainError, FieldError
from crm.fields.choices import Choices
from crm.i18n import N_
from crm.models import Product, ProductCategory

KEYS = tuple("name code parent_id".split())
CATEGORIES = "product_categories"
MAX_CODE_LENGTH = 40


@dataclass
class CategoryNode:
    """A category of the tree: how many products lie directly in it, and what is under it."""

    id: int
    name: str
    code: str
    products: int = 0
    branches: list["CategoryNode"] = field(default_factory=list)


def category_tree(session: Session) -> list[CategoryNode]:
    """The roots with what is under them; two statements."""
    counted = select(Product.category_id, func.count()).where(Product.deleted_at.is_(None))
    counts: dict[Any, int] = dict(session.execute(counted.group_by(Product.category_id)).all())
    rows = session.scalars(
        select(ProductCategory)
        .where(ProductCategory.deleted_at.is_(None))
        .order_by(ProductCategory.position, ProductCategory.id)
    ).all()
    nodes = {row.id: CategoryNode(row.id, row.name, row.code, counts.get(row.id, 0)) for row in rows}
    roots: list[CategoryNode] = []
    for row in rows:
        above = nodes.get(row.parent_id or 0)
        (above.branches if above else roots).append(nodes[row.id])
    return roots


def subtree_ids(categories: Choices, category_id: int) -> set[int]:
    """The category and everything under it."""
    ids = {category_id}
    for item in categories.items:  # each stands below the one that it lies under
        if item.parent_id in ids:
            ids.add(item.id)
    return ids


def save_category(
    session: Session,
    category: ProductCategory | None,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> ProductCategory:
    """Make, change or move a category; a new one without an order stands last.

    Raises FieldError for a code or a name beside it that is taken, or a place under itself; StaleRecord where somebody
    else saved first.
    """
    # Lock the whole tree: two moves at once could close a circle.
    categories = {row.id: row for row in session.scalars(_alive().with_for_update())}
    category = category or ProductCategory()
    check_version(category, opened_version)
    _check_place(categories, category, values.get("parent_id"))
    _check_names(categories, category, values)
    is_moved = category.id is None or category.parent_id != values.get("parent_id")
    assign(category, values, KEYS)
    category.position = _position(categories, category, values.get("position"), is_moved)
    stamp(category, actor)
    session.add(category)
    session.flush()
    return category


def _alive() -> Any:
    return select(ProductCategory).where(ProductCategory.deleted_at.is_(None)).order_by(ProductCategory.id)


def _check_place(categories: Mapping[int, ProductCategory], category: ProductCategory, parent_id: int | None) -> None:
    if parent_id is not None and parent_id not in categories:
        raise FieldError("parent_id", N_("Please choose one from the list."))
    above: int | None = parent_id
    while above is not None:
        if above == category.id:
            raise FieldError("parent_id", N_("A category cannot be placed under itself. Please choose another place."))
        above = categories[above].parent_id if above in categories else None


def _check_names(
    categories: Mapping[int, ProductCategory], category: ProductCategory, values: Mapping[str, Any]
) -> None:
    other_categories = [row for row in categories.values() if row is not category]
    if any(text.fold(row.code) == text.fold(values["code"]) for row in other_categories):
        raise FieldError("code", N_("Another category has this code. Please choose another one."))
    level = [row for row in other_categories if row.parent_id == values.get("parent_id")]
    if any(text.fold(row.name) == text.fold(values["name"]) for row in level):
        raise FieldError("name", N_("There is already a category with this name in the same place."))


def _position(
    categories: Mapping[int, ProductCategory], category: ProductCategory, typed: int | None, is_moved: bool
) -> int:
    """As typed; without one a category stands last in its new place and stays where it was in the old one."""
    if typed is not None:
        return typed
    if not is_moved:
        return category.position
    level = [row.position for row in categories.values() if row.parent_id == category.parent_id and row is not category]
    return max(level, default=0) + 1


def delete_refusal(session: Session, category: ProductCategory) -> DomainError | None:
    """What keeps the category from being deleted; None where it is empty."""
    under = select(func.count()).select_from(ProductCategory).where(ProductCategory.parent_id == category.id)
    if count := session.scalar(under.where(ProductCategory.deleted_at.is_(None))):
        message = N_("It has subcategories (%(count)s), so it cannot be deleted. Move or delete them first.")
        return DomainError(message, count=count)
    inside = select(func.count()).select_from(Product).where(Product.category_id == category.id)
    if count := session.scalar(inside.where(Product.deleted_at.is_(None))):
        message = N_(
            "There are products in it (%(count)s), so it cannot be deleted. Move them to another category first."
        )
        return DomainError(message, count=count)
    return None


def delete_category(session: Session, category: ProductCategory, actor: Actor) -> None:
    """Only an empty one. Raises DomainError where something lies in it."""
    session.refresh(category, with_for_update=True)
    refusal = delete_refusal(session, category)
    if refusal is not None:
        raise refusal
    discard(category, actor)
    session.flush()


def add_named_categories(session: Session, names: Mapping[str, str], actor: Actor) -> dict[str, int]:
    """Categories of these names (by their folded form), many at once: those that are missing become roots, with codes
    made from their initials."""
    rows = list(session.scalars(_alive().with_for_update()))
    known = {text.fold(row.name): row.id for row in reversed(rows)}
    taken = {text.fold(code) for code in session.scalars(select(ProductCategory.code))}
    last = max((row.position for row in rows if row.parent_id is None), default=0)
    new_categories: list[tuple[str, ProductCategory]] = []
    numbers: Counter[str] = Counter()
    for key in names:
        if key not in known:
            code = _free_code(names[key], taken, numbers)
            category = ProductCategory(name=names[key], code=code, position=last + len(new_categories) + 1)
            stamp(category, actor)
            new_categories.append((key, category))
    session.add_all([category for _key, category in new_categories])
    session.flush()
    known.update({key: category.id for key, category in new_categories})
    return {key: known[key] for key in names}


def _free_code(name: str, taken: set[str], numbers: Counter[str]) -> str:
    """A code made from the name's initials; it is taken from now on. `numbers`: how many each stem has had."""
    stem = (text.pinyin_code(name).upper() or "C")[: MAX_CODE_LENGTH - 6]
    code = stem if stem not in numbers else f"{stem}{numbers[stem] + 1}"
    numbers[stem] += 1
    while text.fold(code) in taken:
        numbers[stem] += 1
        code = f"{stem}{numbers[stem]}"
    taken.add(text.fold(code))
    return code
