"""查重: is this customer already known, why, and what the firm's policy says about it (C-3, P-3).

`keys` makes of typed values what they are compared by, `finding` looks it up, `saving` holds the policy when a
customer is saved, `policy` changes it, `counting` says how many customers are alike at present.
"""

from crm.domain.customers.duplicates.enforcing import DuplicatesFound, check_duplicates, lock_customers
from crm.domain.customers.duplicates.keys import ATTRIBUTES
from crm.domain.customers.duplicates.matching import MAX_SHOWN, DuplicateMatch, find_duplicates

__all__ = [
    "ATTRIBUTES",
    "MAX_SHOWN",
    "DuplicateMatch",
    "DuplicatesFound",
    "check_duplicates",
    "find_duplicates",
    "lock_customers",
]
