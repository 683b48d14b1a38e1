"""All kinds of record, in the order in which people meet them. No other file lists them."""

from typing import Any

from crm.entities.contacts import CONTACT, RECORD
from crm.entities.customers import CUSTOMER
from crm.entities.entity import BelongsTo, Entity
from crm.entities.opportunities import OPPORTUNITY
from crm.entities.orders import ORDER
from crm.entities.products import PRODUCT
from crm.entities.quotes import QUOTE
from crm.entities.receipts import RECEIPT
from crm.entities.schedule import ITEM
from crm.entities.targets import TARGET
from crm.models.custom_values import Customised
from crm.models.permissions import Function, declare_function, functions, withdraw_function

_entities: dict[str, Entity] = {}
_by_model: dict[type, Entity] = {}


def register(entity: Entity) -> Entity:
    """Make a kind of record known; its function joins the menu and the grid of rights where it is new there."""
    known_keys = {function.key for function in functions()}
    if entity.group and entity.key not in known_keys:
        extra_verbs = ("restricted",) if issubclass(entity.model, Customised) else ()
        declare_function(Function(entity.key, entity.plural, entity.group, (*entity.verbs, *extra_verbs)))
    if entity.imported and f"import_{entity.key}" not in known_keys:
        declare_function(Function(f"import_{entity.key}", entity.plural, "imports", ("view", "save")))
    _entities[entity.key] = entity
    _by_model[entity.model] = entity
    return entity


def withdraw(entity: Entity) -> None:
    """Take a kind out again: nothing speaks of it any more."""
    _entities.pop(entity.key, None)
    _by_model.pop(entity.model, None)
    withdraw_function(entity.key)
    withdraw_function(f"import_{entity.key}")


def entities() -> tuple[Entity, ...]:
    return tuple(_entities.values())


def entity(key: str) -> Entity:
    """Raises KeyError where there is no such kind."""
    return _entities[key]


def entity_of(record: Any) -> Entity:
    """The kind of a record, or of a model. Raises KeyError for what is no kind of record."""
    return _by_model[_model_of(record)]


def is_entity(record: Any) -> bool:
    return _model_of(record) in _by_model


def _model_of(record: Any) -> type:
    """Of a stand-in (an import's draft, which says whose it is) the model that it stands for: not its `type()`."""
    model: type = record if isinstance(record, type) else record.__class__
    return model


def belonging_to(key: str) -> list[tuple[Entity, BelongsTo]]:
    """The kinds whose records belong to one of the kind `key`, and how."""
    links = ((kind, kind.parent(key)) for kind in entities())
    return [(kind, link) for kind, link in links if link is not None]


for _kind in (CUSTOMER, CONTACT, RECORD, OPPORTUNITY, QUOTE, ORDER, RECEIPT, PRODUCT, ITEM, TARGET):
    register(_kind)
