"""Saying how long somebody must wait after too many wrong tries (L-2)."""

from datetime import timedelta

from crm.web.translation import gettext as _


def too_many_attempts(wait: timedelta) -> str:
    minutes = -(-wait // timedelta(minutes=1))
    if minutes <= 1:
        return _("Too many failed attempts. Please try again in a minute.")
    return _("Too many failed attempts. Please try again in %(minutes)s minutes.", minutes=minutes)


def seconds_of(wait: timedelta) -> str:
    """For the header Retry-After; never too short."""
    return str(-(-wait // timedelta(seconds=1)))
