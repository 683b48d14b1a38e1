"""What a backup holds, in words (D-4)."""

from crm.i18n import N_
from crm.installation.backup_files import Backup
from crm.web.translation import gettext as _

TABLES = {
    "customers": N_("Customers"),
    "contacts": N_("Contacts"),
    "contact_records": N_("Contact records"),
    "orders": N_("Sales orders"),
    "receipts": N_("Receipts"),
}
"""A backup's contents as the list shows them."""


def contents_of(backup: Backup) -> list[tuple[str, int]]:
    """(what, how many) of the main kinds of record in it."""
    rows = backup.facts.get("contents", {})
    return [(_(label), rows[table][0]) for table, label in TABLES.items() if rows.get(table)]
