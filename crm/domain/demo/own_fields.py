"""Fields that the firm has added to its customers (D-2)."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import select

from crm.clock import day_of
from crm.domain.demo.world import MANAGER, World
from crm.domain.platform.custom_fields import save_field
from crm.entities.custom_fields import attribute, dictionary_of
from crm.entities.customers import CUSTOMER
from crm.entities.lookups import Lookups
from crm.fields import Context
from crm.models import DictionaryItem

SUPPLIER, YEARLY, CONTRACT, EQUIPMENT = "供應商編號", "年採購額", "合約到期日", "使用設備"
ITEMS = "影印機\n印表機\n碎紙機\n會議設備\n辦公家具"
GROUP = "合作資訊"


class OwnFields:
    """The fields by their names, and values for a customer."""

    def __init__(self, world: World, at: datetime) -> None:
        session, context = world.session, Context(world.zone, Lookups(world.session))
        kinds = {SUPPLIER: "text", YEARLY: "amount", CONTRACT: "date", EQUIPMENT: "several"}
        by, items = world.actor(MANAGER, at), {EQUIPMENT: ITEMS}
        rows = {}
        for label, kind in kinds.items():
            values = {"label": label, "kind": kind, "heading": GROUP, "items": items.get(label)}
            rows[label] = save_field(session, None, CUSTOMER, values, context, by)
        self.keys = {label: attribute(row) for label, row in rows.items()}
        named = DictionaryItem.dictionary == dictionary_of(rows[EQUIPMENT].id)
        self.equipment = list(session.scalars(select(DictionaryItem.id).where(named).order_by(DictionaryItem.position)))
        self.today = day_of(world.now, world.zone)

    def values(self, random: Random) -> dict[str, Any]:
        """Known of two customers in three."""
        if random.random() < 0.35:
            return {}
        values_by_label: dict[str, Any] = {
            SUPPLIER: f"V{random.randrange(10_000):04d}",
            YEARLY: Decimal(random.randrange(5, 400) * 1000),
            CONTRACT: self.today + timedelta(days=random.randrange(-60, 400)),
            EQUIPMENT: tuple(sorted(random.sample(self.equipment, random.randrange(1, 4)))),
        }
        return {self.keys[label]: value for label, value in values_by_label.items() if random.random() < 0.8}
