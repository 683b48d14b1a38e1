"""The demonstration firm: a year in the life of an office supplier that does not exist.

Everything goes through the domain's verbs with a clock of its own, in the order of time, so that
events, histories and codes are those of a firm that really worked so.
"""

from crm.domain.demo.firm import DEMO_LOGINS, make_demo

__all__ = ["DEMO_LOGINS", "make_demo"]
