"""What the rows of all drop-downs have in common: order, retiring, deleting where unused (D-1, P-4)."""

from sqlalchemy import Column, String, Table, select, type_coerce
from sqlalchemy.orm import Session

from crm import text
from crm.domain.customers.customer_events import LEVEL, STATUS
from crm.entities.custom_fields import attribute, field_of_dictionary
from crm.entities.registry import entity
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.models import Base, CustomerEvent, CustomerLevel, DictionaryItem
from crm.models.custom_values import CustomValue, written
from crm.text.built_in_names import is_name_of

Choice = DictionaryItem | CustomerLevel
UP, DOWN = -1, 1


def siblings(session: Session, choice: Choice) -> list[Choice]:
    """The rows of the same drop-down in their order, this one among them."""
    if isinstance(choice, CustomerLevel):
        levels = select(CustomerLevel).order_by(CustomerLevel.position, CustomerLevel.id)
        return list(session.scalars(levels))
    items = select(DictionaryItem).where(DictionaryItem.dictionary == choice.dictionary)
    return list(session.scalars(items.order_by(DictionaryItem.position, DictionaryItem.id)))


def check_name(session: Session, choice: Choice, name: str | None) -> str:
    """The name, if it is there and no other row of the drop-down has it (also in the other script)."""
    if not name:
        raise FieldError("name", N_("Please fill this in."))
    with session.no_autoflush:
        other_choices = [other for other in siblings(session, choice) if other is not choice]
    if any(text.fold(known) == text.fold(name) for other in other_choices for known in other.names):
        raise FieldError("name", N_("This name is already in the list. Please choose another one."))
    return name


def rename_choice(session: Session, choice: Choice, name: str | None) -> None:
    """Give it the name. What comes with the program is the firm's own from then on, and called so in every language.

    Raises FieldError for a name that is taken.
    """
    new_name = check_name(session, choice, name)
    if choice.built_in is None or not is_name_of(choice.built_in, new_name):
        choice.name = new_name


def place_last(session: Session, choice: Choice) -> None:
    with session.no_autoflush:
        choice.position = max((other.position for other in siblings(session, choice)), default=-1) + 1


def move_choice(session: Session, choice: Choice, step: int) -> None:
    """One place up (-1) or down (1); at the end of the list nothing happens."""
    rows = siblings(session, choice)
    index = rows.index(choice)
    target = index + step
    if 0 <= target < len(rows):
        rows[index], rows[target] = rows[target], rows[index]
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position
    session.flush()


def retire_choice(session: Session, choice: Choice, retired: bool) -> None:
    """A retired row stays on old records and is offered no more; it can come back."""
    choice.retired = retired
    if retired and isinstance(choice, DictionaryItem):
        choice.is_default = False
    choice.version += 1
    session.flush()


def in_use(session: Session, choice: Choice) -> bool:
    """Whether any record, also one in the recycle bin or the ledger, still names it."""
    return is_named(session, choice) or _in_ledger(session, choice) or _in_own_field(session, choice)


def is_named(session: Session, record: Base) -> bool:
    """Whether a column of any table names the row."""
    number: int = record.id  # type: ignore[attr-defined]
    return any(_named_in(session, column, number) for column in _pointing_to(record.__table__))  # type: ignore[arg-type]


def _in_own_field(session: Session, choice: Choice) -> bool:
    """A field of the firm's own keeps its choices within the record."""
    field = field_of_dictionary(session, choice.dictionary) if isinstance(choice, DictionaryItem) else None
    if field is None:
        return False
    value = CustomValue(entity(field.entity).model, attribute(field))
    among_choices = type_coerce(value, String).contains(written((choice.id,)))
    named = among_choices if field.kind == "several" else value == choice.id
    return session.execute(select(value).where(named).limit(1)).first() is not None


def _pointing_to(target: Table) -> list[Column[int]]:
    """Every column of the database with a foreign key to the table, so that new tables count by themselves."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table is target for key in column.foreign_keys)
    ]


def _named_in(session: Session, column: Column[int], choice_id: int) -> bool:
    return session.execute(select(column).where(column == choice_id).limit(1)).first() is not None


def _in_ledger(session: Session, choice: Choice) -> bool:
    """The ledger stores levels and statuses by number, without a foreign key (C-9)."""
    kind = LEVEL if isinstance(choice, CustomerLevel) else STATUS
    named = (CustomerEvent.before_id == choice.id) | (CustomerEvent.after_id == choice.id)
    statement = select(CustomerEvent.id).where(CustomerEvent.kind == kind, named).limit(1)
    return session.execute(statement).first() is not None


def delete_choice(session: Session, choice: Choice) -> None:
    """Delete a row that nothing uses. Raises DomainError where something does."""
    if in_use(session, choice):
        raise DomainError(N_("This is in use and cannot be deleted. Retire it instead: existing records keep it."))
    session.delete(choice)
    session.flush()
