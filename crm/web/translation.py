"""Texts in the reader's language. The catalogue is looked up once per request, not once per word: a page has
a hundred of them, and looking it up cost more than the words."""

from typing import Any

from flask import Flask, g
from flask_babel import Babel, Domain
from jinja2 import pass_eval_context
from markupsafe import Markup

from crm.i18n import filled


class RequestDomain(Domain):  # type: ignore[misc]
    """Flask-Babel's texts, with the catalogue kept beside the request's language.

    `refresh` and `force_locale` of Flask-Babel forget it under this name.
    """

    def get_translations(self) -> Any:
        try:
            held = g.get("_flask_babel")
        except RuntimeError:  # outside of any request or command
            held = None
        found = getattr(held, "babel_translations", None)
        if found is None:
            found = super().get_translations()
            if held is not None:
                held.babel_translations = found
        return found

    def gettext(self, string: str, **variables: Any) -> str:
        text: str = self.get_translations().ugettext(string)
        return filled(text, variables) if variables else text


def set_up_words(app: Flask, babel: Babel) -> None:
    """Give Flask-Babel and the templates the quick way."""
    domain = RequestDomain()
    babel.domain_instance = domain

    @pass_eval_context
    def say(context: Any, message: str, **values: Any) -> Any:
        text = domain.get_translations().ugettext(message)
        if context.autoescape:
            text = Markup(text)
        # A lone sign, as in 折扣%, is no place for a value.
        return filled(text, values) if values or "%%" in text else text

    app.jinja_env.globals.update(_=say, gettext=say)
