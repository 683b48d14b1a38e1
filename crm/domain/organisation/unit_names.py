"""What companies and departments are called in the workbook of 組織架構, and which one is meant by a text (A-4).

A unit is named by its name where no other has it, else by all that it lies in (總公司 / 業務部 / 北區); of two with one
name in one place, as there may be from earlier, the second has a number: 業務部 (2).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import text
from crm.models import OrgUnit

BETWEEN = " / "
"""Between the names of a path."""


def _numbered(name: str, number: int) -> str:
    return f"{name} ({number})"


class UnitNames:
    """What units are called in a file, and which one is meant by a text."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.read()

    def read(self) -> None:
        units = self.session.scalars(select(OrgUnit).where(OrgUnit.deleted_at.is_(None))).all()
        self.units = {unit.id: unit for unit in units}
        self._count = Counter(text.fold(unit.name) for unit in units)
        self._numbers = self._numbered(units)
        self._meant: dict[str, list[OrgUnit]] = defaultdict(list)
        for unit in units:
            for name in {text.fold(unit.name), text.fold(self.path(unit))}:
                self._meant[name].append(unit)

    @staticmethod
    def _numbered(units: Sequence[OrgUnit]) -> dict[int, int]:
        """Of several with one name in one place, from a time when that could be: each but the first has a number."""
        taken = {(unit.parent_id, text.fold(unit.name)) for unit in units}
        first, numbers = set(), {}
        for unit in sorted(units, key=lambda unit: unit.id):
            name_in_unit = (unit.parent_id, text.fold(unit.name))
            if name_in_unit in first:
                free = (n for n in count(2) if (unit.parent_id, text.fold(_numbered(unit.name, n))) not in taken)
                numbers[unit.id] = next(free)
                taken.add((unit.parent_id, text.fold(_numbered(unit.name, numbers[unit.id]))))
            first.add(name_in_unit)
        return numbers

    def called(self, unit: OrgUnit) -> str:
        """Its name; with a number where another in the same place has it."""
        return _numbered(unit.name, self._numbers[unit.id]) if unit.id in self._numbers else unit.name

    def path(self, unit: OrgUnit) -> str:
        above = self.units.get(unit.parent_id or 0)
        return f"{self.path(above)}{BETWEEN}{self.called(unit)}" if above is not None else self.called(unit)

    def within(self, parent_id: int | None, typed: str) -> list[OrgUnit]:
        """Those there that a row of units means by this name."""
        siblings = [unit for unit in self.units.values() if unit.parent_id == parent_id]
        exact = [unit for unit in siblings if text.fold(self.called(unit)) == text.fold(typed)]
        return exact or [unit for unit in self.units_meant(typed) if unit.parent_id == parent_id]

    def of(self, unit_id: int | None) -> str | None:
        unit = self.units.get(unit_id or 0)
        if unit is None:
            return None
        return unit.name if self._count[text.fold(unit.name)] == 1 else self.path(unit)

    def units_meant(self, typed: str) -> list[OrgUnit]:
        return self._meant.get(text.fold(typed), [])
