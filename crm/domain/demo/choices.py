"""Ids of dictionary items, levels and cities by their places: a firm may have renamed them."""

from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import City, CustomerLevel, DictionaryItem


class Choices:
    """Read once. What a firm does not have is None."""

    def __init__(self, session: Session) -> None:
        self._items: dict[str, list[tuple[int, str]]] = {}
        order = (DictionaryItem.position, DictionaryItem.id)
        for item in session.scalars(select(DictionaryItem).where(DictionaryItem.retired.is_(False)).order_by(*order)):
            self._items.setdefault(item.dictionary, []).append((item.id, item.name))
        levels = select(CustomerLevel).where(CustomerLevel.retired.is_(False))
        self._levels = list(session.scalars(levels.order_by(CustomerLevel.position, CustomerLevel.id)))
        self._cities = {city.code: city for city in session.scalars(select(City))}

    def level(self, index: int) -> int | None:
        return self._levels[index % len(self._levels)].id if self._levels else None

    def item(self, dictionary: str, index: int) -> int | None:
        items = self._items.get(dictionary)
        return items[index % len(items)][0] if items else None

    def named(self, dictionary: str, name: str, else_place: int = 0) -> int | None:
        item_id = next((key for key, own in self._items.get(dictionary, ()) if own == name), None)
        return item_id if item_id is not None else self.item(dictionary, else_place)

    def some(self, random: Random, dictionary: str) -> int | None:
        items = self._items.get(dictionary)
        return random.choice(items)[0] if items else None

    def city(self, code: str) -> tuple[int | None, int | None, str]:
        """(province's id, city's id, city's name)."""
        city = self._cities.get(code)
        return (city.province_id, city.id, city.name) if city else (None, None, "")
