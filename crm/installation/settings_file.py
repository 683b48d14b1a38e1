"""config.toml and the CRM_… variables: what is wrong with them is said before anything else is done."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from crm.installation.startup_errors import CannotStart, system_error_reason

NO = ("", "0", "no", "off", "false")
SECRET = ("CRM_DATABASE_URL", "CRM_DEMO_PASSWORD")
"""Not shown: passwords stand in them."""
YES = ("1", "yes", "on", "true")


def read_settings_file(file: Path, known: Iterable[str]) -> dict[str, Any]:
    """The file's settings; none where there is no file. Raises CannotStart."""
    try:
        written = file.read_bytes().decode("utf-8-sig")
        values = tomllib.loads(written.replace("\r\n", "\n"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CannotStart(
            f"{file} cannot be read: {system_error_reason(error)}. Put that right, then start again."
        ) from error
    except UnicodeDecodeError as error:
        raise CannotStart(f"{file} is not UTF-8: open it in an editor and save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        hint = " (a Windows path in single quotes)" if "\\" in written else ""
        raise CannotStart(f'{file} cannot be read: {error}. Lines look like: CRM_HOST = "127.0.0.1"{hint}') from error
    for name in values:
        if name not in known:
            if name == "CRM_INSTANCE":
                raise CannotStart(
                    f"{file} names CRM_INSTANCE: that is an environment variable only. Take the line out."
                )
            similar = get_close_matches(name.upper(), list(known), 1, 0.5)
            meant = f"did you mean {similar[0]}?" if similar else f"there are {', '.join(sorted(known))}."
            raise CannotStart(f"{file} has an unknown setting {name!r}: {meant}")
    return checked_settings(values, str(file))


def checked_settings(values: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The values as the program uses them. Raises CannotStart for one that it cannot use."""
    settings: dict[str, Any] = {}
    for name, value in values.items():
        try:
            settings[name] = CHECKS.get(name, _text)(value)
        except ValueError as error:
            shown = "not right" if name in SECRET else repr(value)[:100]
            raise CannotStart(f"{name} in {source} is {shown}: {error}") from error
    return settings


def is_on(value: object) -> bool:
    return str(value).strip().lower() not in NO


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("it is to be a text in quotation marks.")
    if "\0" in value:
        raise ValueError("it is to be a text that can be read.")
    return value.strip()


def _integer_in(minimum: int, maximum: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not (text.isascii() and text.isdigit() and len(text) < 9 and minimum <= int(text) <= maximum):
            raise ValueError(f"it is to be a whole number from {minimum} to {maximum}.")
        return str(int(text))

    return check


def _switch(value: Any) -> str:
    text = str(value).strip().lower() if isinstance(value, str | bool | int) else "?"
    if text not in NO + YES:
        raise ValueError("it is to be 1 or 0.")
    return "1" if text in YES else ""


def _captcha(value: Any) -> str:
    text = _text(value)
    if text not in ("", "always", "after_failures", "off"):
        raise ValueError('it is to be "always", "after_failures" or "off".')
    return text


def _font(value: Any) -> str:
    text = _text(value)
    if text and not Path(text).is_file():
        raise ValueError("there is no such file.")
    return text


def _database(value: Any) -> str:
    text = _text(value)
    if not text:
        return text
    expected = "it is to look like postgresql+psycopg://user:password@host/name, or be left out."
    try:
        url = make_url(text)
        backend = url.get_backend_name()
        dialect = url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise ValueError(expected) from error
    if backend not in ("sqlite", "postgresql") or not url.database or url.database == ":memory:":
        raise ValueError(expected)
    if backend == "postgresql":
        try:
            dialect.import_dbapi()
        except ImportError as error:
            raise ValueError(f"{expected} Its driver is in requirements-postgres.lock.") from error
    return text


CHECKS: dict[str, Callable[[Any], str]] = {
    "CRM_DATABASE_URL": _database,
    "CRM_LOGIN_CAPTCHA": _captcha,
    "CRM_PORT": _integer_in(1, 65535),
    "CRM_HTTPS": _switch,
    "CRM_PROXIES": _integer_in(0, 10),
    "CRM_FONT": _font,
}
