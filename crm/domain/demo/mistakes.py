"""What was entered by mistake and deleted: so that the recycle bin has something to show (A-10)."""

from datetime import timedelta

from crm import clock
from crm.domain.customers.contacts import save_contact
from crm.domain.customers.customers import save_customer
from crm.domain.demo.world import MANAGER, World
from crm.domain.platform.deletion import delete_record
from crm.domain.products.products import save_product


def make_mistakes(world: World) -> None:
    """A customer that was entered twice, and a product that the firm does not sell."""
    session = world.session
    at = clock.at_hour(clock.day_of(world.now, world.zone) - timedelta(days=2), 10, world.zone)
    manager = world.actor(MANAGER, at)
    twice = save_customer(session, None, {"name": "宏遠文具行（重複建檔）"}, manager)
    save_contact(session, None, twice, {"name": "林小姐"}, manager)
    unit = world.choices.named("unit", "台")
    product = save_product(session, None, {"name": "樣品碎紙機", "kind": "goods", "unit_id": unit}, manager)
    for minutes, record in ((20, twice), (45, product)):
        delete_record(session, record, world.actor(MANAGER, at + timedelta(minutes=minutes)))
