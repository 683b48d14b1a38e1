"""What happens to a text that is not in the list of choices: one rule for every drop-down (I-5).

It is added where that was chosen and the list is its importer's to change; else its row is refused.
"""

from dataclasses import dataclass

from crm.domain.customers.levels import LEVELS
from crm.domain.imports.declaration import ImportContext
from crm.domain.imports.options import ADD
from crm.domain.imports.rows import NewItem
from crm.domain.products.categories import CATEGORIES
from crm.entities.products import CategoryChoice
from crm.errors import DomainError
from crm.fields import DictionaryChoice, FieldType, LevelChoice
from crm.i18n import N_
from crm.models import Permission, Rights
from crm.models.custom_values import is_custom
from crm.spreadsheets.errors import shortened
from crm.text import fold

MAX_ITEM_LENGTH, MAX_CATEGORY_LENGTH = 60, 100

NOT_IN_LIST = N_("“%(value)s” is not in the list.")
NOTHING_ADDED = N_("“%(value)s” is not in the list, and nothing can be added to this one.")
NOT_YOURS = N_("“%(value)s” is not in the list, and you may not add to it.")
TOO_LONG = N_("“%(value)s” is not in the list, and too long to be added.")


class NotInList(DomainError):
    """A text that the list of a choice does not have: its row is refused."""


@dataclass(frozen=True)
class NewItemPolicy:
    """Whether an unknown text is added to the list: to which one, up to which length, and the refusal otherwise."""

    to: str = ""
    max_length: int = MAX_ITEM_LENGTH
    refusal_message: str = NOT_IN_LIST

    def make_item(self, typed: str) -> NewItem:
        """The text as a new item; raises NotInList."""
        if self.to and len(typed) <= self.max_length:
            return NewItem(self.to, fold(typed), typed)
        raise self.refusal(typed)

    def refusal(self, typed: str) -> NotInList:
        return NotInList(TOO_LONG if self.to else self.refusal_message, value=shortened(typed))


def new_item_policy(type_: FieldType, importing: ImportContext) -> NewItemPolicy:
    """For the list that a field of this type chooses from."""
    if importing.options.unknown != ADD:
        return NewItemPolicy()
    to, right, max_length = _list_of(type_)
    if right is None:
        return NewItemPolicy(refusal_message=NOTHING_ADDED)
    return (
        NewItemPolicy(to, max_length) if importing.actor.rights.may(right) else NewItemPolicy(refusal_message=NOT_YOURS)
    )


def may_add(type_: FieldType, rights: Rights) -> bool:
    """Whether the person may add to the list that a field of this type chooses from."""
    right = _list_of(type_)[1]
    return right is not None and rights.may(right)


def _list_of(type_: FieldType) -> tuple[str, Permission | None, int]:
    if isinstance(type_, DictionaryChoice) and not is_custom(type_.dictionary):
        return type_.dictionary, Permission.DICTIONARIES_SAVE, MAX_ITEM_LENGTH
    if isinstance(type_, LevelChoice):
        return LEVELS, Permission.POLICY_SAVE, MAX_ITEM_LENGTH
    if isinstance(type_, CategoryChoice):
        return CATEGORIES, Permission.CATEGORIES_SAVE, MAX_CATEGORY_LENGTH
    return "", None, 0
