"""A rule of approval for large orders, and somebody who stands in for the approver next week (SO-8)."""

from datetime import timedelta
from decimal import Decimal

from crm.domain.demo.world import World
from crm.domain.organisation.roles_and_grants import personal_grants, set_personal_grants
from crm.domain.sales.approval_rule_saving import save_rule
from crm.domain.sales.stand_ins import save_stand_in
from crm.entities.record_saving import Actor
from crm.models import Permission, Scope, User

APPROVER, SECOND = "order", "manager"
LARGE = Decimal(300_000)


def make_approval_rules(world: World, admin: Actor) -> None:
    """To be called when the documents are there: what was decided on keeps what it was decided by."""
    session = world.session
    manager = session.get_one(User, world.person_id(SECOND))
    grants = {**personal_grants(session, manager), Permission.ORDERS_APPROVE.value: int(Scope.BELOW)}
    set_personal_grants(session, manager, grants, admin)
    save_rule(
        session, None, {"document": "orders", "condition": "amount", "amount": LARGE, "second_id": manager.id}, admin
    )
    monday = world.now.astimezone(world.zone).date() + timedelta(days=7 - world.now.astimezone(world.zone).weekday())
    days = {"from_on": monday, "until_on": monday + timedelta(days=4)}
    save_stand_in(session, None, {"user_id": world.person_id(APPROVER), "stand_in_id": manager.id, **days}, admin)
