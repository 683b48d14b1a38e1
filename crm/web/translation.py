"""Texts in the reader's language. The catalogue is looked up once per request, not once per word: a page has
a hundred of them, and looking it up cost more than the words."""

from typing import Any

from flask import Flask, g
from flask_babel import Babel, Domain, get_locale
from jinja2 import pass_eval_context
from markupsafe import Markup, escape

from crm.i18n import OwnText, filled


class RequestDomain(Domain):
    """Flask-Babel's texts, with the catalogue kept beside the request's language; another language has another."""

    def get_translations(self) -> Any:
        try:
            request_values = g._get_current_object().__dict__
        except RuntimeError:  # outside of any request or command
            return super().get_translations()
        held = request_values.get("catalogue")
        # Where Flask-Babel keeps the language that is spoken now: a page asks a hundred times.
        if held is not None and held[0] is getattr(request_values.get("_flask_babel"), "babel_locale", None):
            return held[1]
        g.catalogue = (get_locale(), super().get_translations())
        return g.catalogue[1]

    def gettext(self, string: str, **variables: Any) -> str:
        text: str = string if isinstance(string, OwnText) else self.get_translations().ugettext(string)
        return filled(text, variables) if variables else text


domain = RequestDomain()
gettext = domain.gettext
"""A message in the reader's language, with its values. Flask-Babel's own looks for the domain first, at each word: that
took four times as long, and a list says a hundred."""


def set_up_words(app: Flask, babel: Babel) -> None:
    """Give Flask-Babel and the templates the quick way."""
    babel.domain_instance = domain

    @pass_eval_context
    def say(context: Any, message: str, **values: Any) -> Any:
        if isinstance(message, OwnText):  # written by a person: nothing in it is markup
            return escape(message) if context.autoescape else str(message)
        text = domain.get_translations().ugettext(message)
        if context.autoescape:
            text = Markup(text)
        # A lone sign, as in 折扣%, is no place for a value.
        return filled(text, values) if values or "%%" in text else text

    app.jinja_env.globals.update(_=say, gettext=say)
