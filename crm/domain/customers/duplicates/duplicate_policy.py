"""客戶資料查重: which attributes are compared, and whether a like customer warns or forbids (P-3)."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from crm.domain.customers.duplicates.keys import ATTRIBUTES
from crm.domain.platform.settings import save_settings


def save_duplicate_policy(
    session: Session, attributes: Collection[str], forbids: bool, opened_version: int | None
) -> None:
    """Raises StaleRecord where somebody else saved the settings first. No attribute at all: nothing is compared."""
    chosen = [attribute for attribute in ATTRIBUTES if attribute in attributes]
    save_settings(session, {"duplicate_fields": chosen, "duplicate_forbids": bool(forbids)}, opened_version)
