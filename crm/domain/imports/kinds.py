"""The kinds of records that can be imported: those with rules of their own, and every kind that declares itself."""

from collections.abc import Iterator, Mapping
from functools import cache

from crm.domain.imports.contacts import CONTACTS
from crm.domain.imports.customers import CUSTOMERS
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.declared import import_kind_of
from crm.domain.imports.past_orders import PAST_ORDERS
from crm.domain.imports.past_records import PAST_RECORDS
from crm.domain.imports.products import PRODUCTS
from crm.entities.entity import Entity
from crm.entities.registry import entities

_OWN: dict[str, ImportKind] = {kind.key: kind for kind in (CUSTOMERS, CONTACTS, PRODUCTS, PAST_RECORDS, PAST_ORDERS)}


@cache
def _declared(kind: Entity) -> ImportKind:
    return import_kind_of(kind)


class _Kinds(Mapping[str, ImportKind]):
    """Looked up at each access: a kind of record may be declared or withdrawn until the app is made."""

    def __getitem__(self, key: str) -> ImportKind:
        if key in _OWN:
            return _OWN[key]
        return {kind.key: _declared(kind) for kind in entities() if kind.imported}[key]

    def __iter__(self) -> Iterator[str]:
        yield from _OWN
        yield from (kind.key for kind in entities() if kind.imported and kind.key not in _OWN)

    def __len__(self) -> int:
        return sum(1 for _key in self)


KINDS = _Kinds()
