"""The kinds of entry in the system log, in words (A-9)."""

from crm.fields.types import FixedChoice
from crm.i18n import N_

EVENTS = FixedChoice(
    options=(
        ("login", N_("Signed in")),
        ("login_failed", N_("Sign-in failed")),
        ("login_captcha", N_("Wrong verification code")),
        ("login_refused", N_("Too many attempts")),
        ("logout", N_("Signed out")),
        ("password_asked", N_("Forgotten password")),
        ("password_link_sent", N_("Password link sent")),
        ("password_link_used", N_("Password set by link")),
        ("second_factor_on", N_("Two-factor authentication turned on")),
        ("second_factor_off", N_("Two-factor authentication turned off")),
        ("second_factor_codes", N_("New recovery codes")),
        ("second_factor_reset", N_("Two-factor authentication reset")),
        ("administrator", N_("Administrator's password reset on the server")),
        ("set_up", N_("System set up")),
        ("set_up_refused", N_("Wrong set-up code")),
        ("job", N_("Scheduled job")),
        ("backup", N_("Backup and restore")),
        ("lookup", N_("Public search")),
        ("error", N_("Error")),
    )
)
