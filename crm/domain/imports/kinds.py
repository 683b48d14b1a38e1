"""The kinds of records that can be imported; another one joins by its declaration."""

from crm.domain.imports.contacts import CONTACTS
from crm.domain.imports.customers import CUSTOMERS
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.products import PRODUCTS

KINDS: dict[str, ImportKind] = {kind.key: kind for kind in (CUSTOMERS, CONTACTS, PRODUCTS)}
