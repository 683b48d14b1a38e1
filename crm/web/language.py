"""Which of the three languages a page speaks (00, Languages)."""

from flask import g, request, session
from flask_babel import refresh
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from crm.web.current_settings import settings

LANGUAGES = {"zh_Hant": "繁體中文", "zh_Hans": "简体中文", "en": "English"}
DEFAULT = "zh_Hant"
HTML_LANG = {"zh_Hant": "zh-Hant", "zh_Hans": "zh-Hans", "en": "en"}
_HANS = frozenset({"zh", "zh-cn", "zh-sg", "zh-my", "zh-hans", "zh-hans-cn", "zh-hans-sg"})


def of_browser_tag(tag: str) -> str | None:
    """Our language for a browser's tag; Babel's own matching cannot be fed such tags."""
    tag = tag.lower()
    if tag in _HANS or tag.startswith("zh-hans"):
        return "zh_Hans"
    if tag.startswith("zh"):
        return "zh_Hant"
    return "en" if tag == "en" or tag.startswith("en-") else None


def region_of_browser() -> str:
    """The first region that the browser's languages name: TW of `zh-TW` or `zh-Hant-TW`; empty where none does.

    `en-US` is passed over: browsers say it everywhere.
    """
    for tag, _quality in request.accept_languages:
        parts = tag.replace("_", "-").split("-")[1:]
        region = next((part.upper() for part in parts if len(part) == 2 and part.isalpha()), "")
        if region and tag.lower() != "en-us":
            return region
    return ""


def choose_language() -> str:
    """The person's own choice, else this browser's, else what it accepts, else the firm's (D-6)."""
    if "language" in g:
        return str(g.language)
    g.language = DEFAULT  # current_user below may come back here
    chosen = session.get("language")
    if getattr(current_user, "is_authenticated", False) and current_user.language:
        chosen = current_user.language
    if chosen not in LANGUAGES:
        chosen = next(filter(None, (of_browser_tag(tag) for tag, _ in request.accept_languages)), "") or _of_firm()
    g.language = chosen
    return str(chosen)


def _of_firm() -> str:
    """Traditional Chinese where nothing is set, or cannot be read: an error's page has to speak, too."""
    try:
        language = settings().language
    except SQLAlchemyError:
        return DEFAULT
    return language if language in LANGUAGES else DEFAULT


def switch_language(language: str) -> None:
    """Switch this request and this browser to the language."""
    session["language"] = language
    g.language = language
    refresh()
