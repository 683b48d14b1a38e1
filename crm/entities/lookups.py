"""Names and choices that are the same for everyone: dictionaries, levels, places, people."""

from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.fields.choices import Choices, Item
from crm.i18n import N_
from crm.models import City, CustomerLevel, DictionaryItem, OrgUnit, ProductCategory, Province, Role, User
from crm.models.table_versions import get_or_compute
from crm.text.built_in_names import name_in, names_of

LEFT, DISABLED = N_("%(name)s (left)"), N_("%(name)s (disabled)")


class Lookups:
    """Read through memory; one statement each when something changed.

    What comes with the program is called as in `language`; without one as it was stored.
    """

    def __init__(self, session: Session, language: str = "") -> None:
        self.session = session
        self.language = language

    def _keep(self, key: str, tables: tuple[str, ...], make: Callable[[], Any]) -> Any:
        return get_or_compute(("lookups", key), tables, make, seconds=60)

    def _localized_name(self, row: Any) -> str:
        return name_in(self.language, row.built_in) if self.language and row.built_in else str(row.name)

    @cached_property
    def _dictionaries(self) -> dict[str, Choices]:
        def read() -> dict[str, Choices]:
            lists: dict[str, list[Item]] = defaultdict(list)
            order = (DictionaryItem.dictionary, DictionaryItem.position, DictionaryItem.id)
            for row in self.session.execute(select(DictionaryItem.__table__).order_by(*order)):
                name = self._localized_name(row)
                item = Item(
                    row.id, name, row.retired, row.is_default, days=row.value, other_names=_other_names(name, row)
                )
                lists[row.dictionary].append(item)
            return {name: Choices.of(items) for name, items in lists.items()}

        choices: dict[str, Choices] = self._keep(f"dictionaries {self.language}", ("dictionary_items",), read)
        return choices

    def dictionary(self, name: str) -> Choices:
        return self._dictionaries.get(name, Choices())

    @cached_property
    def levels(self) -> Choices:
        def read() -> Choices:
            rows = self.session.execute(
                select(CustomerLevel.__table__).order_by(CustomerLevel.position, CustomerLevel.id)
            )
            return Choices.of(
                [
                    Item(
                        r.id, name, r.retired, colour=r.colour, days=r.reminder_days, other_names=_other_names(name, r)
                    )
                    for r in rows
                    for name in [self._localized_name(r)]
                ]
            )

        choices: Choices = self._keep(f"levels {self.language}", ("customer_levels",), read)
        return choices

    @cached_property
    def provinces(self) -> Choices:
        def read() -> Choices:
            rows = self.session.execute(select(Province.__table__).order_by(Province.position, Province.id))
            return Choices.of([Item(r.id, r.name, parent_id=r.region_id, code=r.code) for r in rows])

        choices: Choices = self._keep("provinces", ("provinces",), read)
        return choices

    @cached_property
    def cities(self) -> Choices:
        def read() -> Choices:
            rows = self.session.execute(select(City.__table__).order_by(City.position, City.id))
            return Choices.of([Item(r.id, r.name, parent_id=r.province_id, code=r.code) for r in rows])

        choices: Choices = self._keep("cities", ("cities",), read)
        return choices

    @cached_property
    def people(self) -> Choices:
        """Everybody who ever was; those who left are `retired`, so they are named but not offered."""

        def read() -> Choices:
            rows = self.session.execute(select(User.__table__).order_by(User.pinyin, User.id))
            return Choices.of(
                [
                    Item(
                        r.id, r.name, bool(former), parent_id=r.unit_id, code=r.login_key, former=former, beside=r.login
                    )
                    for r in rows
                    for former in [LEFT if r.deleted_at else DISABLED if r.disabled_at else ""]
                ]
            )

        choices: Choices = self._keep("people", ("users",), read)
        return choices

    @cached_property
    def units(self) -> Choices:
        """All that ever were: documents name the department of their time, which may be gone."""

        def read() -> Choices:
            rows = self.session.execute(select(OrgUnit.__table__).order_by(OrgUnit.position, OrgUnit.id)).all()
            above = {r.id: r.name for r in rows}
            return Choices.of(
                [
                    Item(
                        r.id,
                        r.name,
                        bool(r.deleted_at),
                        parent_id=r.parent_id,
                        code=r.kind,
                        beside=above.get(r.parent_id, ""),
                    )
                    for r in rows
                ]
            )

        choices: Choices = self._keep("units", ("org_units",), read)
        return choices

    @cached_property
    def product_categories(self) -> Choices:
        """In the order of the tree, each above what lies under it."""

        def read() -> Choices:
            row = ProductCategory.__table__.c
            statement = select(row.id, row.name, row.code, row.parent_id).where(row.deleted_at.is_(None))
            under: dict[int | None, list[Item]] = defaultdict(list)
            for category in self.session.execute(statement.order_by(row.position, row.id)):
                item = Item(
                    category.id, category.name, parent_id=category.parent_id, code=category.code, beside=category.code
                )
                under[category.parent_id].append(item)
            return Choices.of(_from_the_top(under, None))

        choices: Choices = self._keep("product_categories", ("product_categories",), read)
        return choices

    @cached_property
    def roles(self) -> Choices:
        def read() -> Choices:
            row = Role.__table__.c
            statement = select(row.id, row.name).where(row.deleted_at.is_(None)).order_by(row.position, row.id)
            return Choices.of([Item(role.id, role.name) for role in self.session.execute(statement)])

        choices: Choices = self._keep("roles", ("roles",), read)
        return choices


def _other_names(name: str, row: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(other_name for other_name in (row.name, *names_of(row.built_in)) if other_name != name))


def _from_the_top(under: dict[int | None, list[Item]], parent_id: int | None) -> list[Item]:
    return [descendant for item in under[parent_id] for descendant in (item, *_from_the_top(under, item.id))]
