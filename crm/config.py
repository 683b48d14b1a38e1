"""Configuration: defaults, then instance/config.toml, then CRM_… variables, then what a test gives."""

import os
from pathlib import Path
from typing import Any

from crm.installation.folder import open_folder, secret_key
from crm.installation.settings_file import checked_settings, is_on, read_settings_file

ROOT = Path(__file__).resolve().parent.parent

KEYS = {
    "CRM_DATABASE_URL": "",
    "CRM_LOGIN_CAPTCHA": "",
    "CRM_DEMO_PASSWORD": "",
    "CRM_HOST": "0.0.0.0",
    "CRM_PORT": "8000",
    "CRM_FONT": "",
    "CRM_BACKUPS": "",
    "CRM_HTTPS": "",
    "CRM_PROXIES": "0",
}
"""Every setting of the server with its default; the README's table explains them."""

MAX_FORM_BYTES = 2 * 1024 * 1024
MAX_FORM_FIELDS = 6000
"""Values in one form, those of the same name too; a document of 400 lines has 2,800 (hostile case 55)."""
MAX_UPLOAD_BYTES = 32 * 1024 * 1024


def load_config(overrides: dict[str, Any] | None = None) -> dict[str, Any]:
    """Flask's configuration, made from all sources; the instance folder is created if missing.

    Raises CannotStart for a folder, a file or a value that cannot be used.
    """
    overrides = dict(overrides or {})
    instance = Path(overrides.pop("CRM_INSTANCE", None) or os.environ.get("CRM_INSTANCE") or ROOT / "instance")
    instance = Path(os.path.abspath(instance)).resolve()
    open_folder(instance)
    values: dict[str, Any] = {**KEYS, **read_settings_file(instance / "config.toml", set(KEYS))}
    values.update(checked_settings({key: os.environ[key] for key in KEYS if os.environ.get(key)}, "the environment"))
    values.update(overrides)
    values["CRM_INSTANCE"] = str(instance)
    values["SECRET_KEY"] = values.get("SECRET_KEY") or secret_key(instance)
    database = values["CRM_DATABASE_URL"] or f"sqlite:///{instance / 'crm.sqlite3'}"
    https = is_on(values["CRM_HTTPS"])
    return {
        "SQLALCHEMY_DATABASE_URI": database,
        # The name binds the cookie to this very host: nobody else can put one there.
        "SESSION_COOKIE_NAME": "__Host-crm" if https else "crm",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_I18N_ENABLED": False,  # its own words are never shown, and it parses them at every form
        "MAX_CONTENT_LENGTH": MAX_UPLOAD_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_FORM_BYTES,
        "MAX_FORM_PARTS": 2000,
        "BABEL_DEFAULT_LOCALE": "zh_Hant",
        "SEND_FILE_MAX_AGE_DEFAULT": None,
        **values,
    }
