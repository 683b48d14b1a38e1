"""Companies and departments are made, changed and moved in the tree (A-1)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.organisation.placement import check_nobody_gains, check_place, lock_tree
from crm.domain.organisation.units import descendant_ids
from crm.entities.record_saving import Actor, assign, check_version, stamp
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import OrgUnit
from crm.text import fold

UNIT_KEYS = tuple("name parent_id phone fax address leader notes position".split())
TWIN = N_("There is already one with this name in the same place.")


def save_unit(
    session: Session, unit: OrgUnit | None, values: Mapping[str, Any], actor: Actor, opened_version: int | None = None
) -> OrgUnit:
    """Make or change a company or department; it never lies under itself (hostile case 14).

    Raises FieldError for a place that is not the person's to use and for a name that another unit there has,
    StaleRecord where somebody else saved first.
    """
    is_new = unit is None
    unit = unit or OrgUnit(kind=values["kind"])
    check_version(unit, opened_version)
    is_moved = is_new or values.get("parent_id", unit.parent_id) != unit.parent_id
    if is_moved:
        _check_parent(session, unit, values.get("parent_id"), actor)
    _check_name(session, unit, values, is_moved)
    assign(unit, values, UNIT_KEYS)
    if is_new and unit.position is None:
        last = select(func.max(OrgUnit.position)).where(OrgUnit.parent_id == unit.parent_id)
        unit.position = (session.scalar(last) or 0) + 1
    stamp(unit, actor)
    if is_new:
        session.add(unit)
    session.flush()
    return unit


def _check_parent(session: Session, unit: OrgUnit, parent_id: int | None, actor: Actor) -> None:
    lock_tree(session)
    if unit.id is not None and unit.parent_id is None:
        raise FieldError("parent_id", N_("The company itself stays at the top of the tree."))
    if parent_id is None:
        raise FieldError("parent_id", N_("Please fill this in."))
    if unit.id is not None and parent_id in descendant_ids(session, unit.id):
        raise FieldError("parent_id", N_("A department cannot be placed under itself. Please choose another place."))
    check_place(session, parent_id, actor, "parent_id")
    if unit.id is not None and unit.parent_id is not None:
        check_nobody_gains(session, unit.parent_id, parent_id, actor)


def _check_name(session: Session, unit: OrgUnit, values: Mapping[str, Any], is_moved: bool) -> None:
    """Two of one name in one place could not be told apart, nor read back from a workbook (A-4). Those that are there
    already can be changed otherwise."""
    name = fold(values.get("name", unit.name) or "")
    renamed = unit.name is None or fold(unit.name) != name
    if not is_moved and not renamed:
        return
    lock_tree(session)
    siblings = select(OrgUnit.name).where(OrgUnit.parent_id == values.get("parent_id", unit.parent_id))
    siblings = siblings.where(OrgUnit.deleted_at.is_(None), OrgUnit.id != (unit.id or 0))
    if any(fold(other) == name for other in session.scalars(siblings)):
        raise FieldError("name" if renamed else "parent_id", TWIN)
