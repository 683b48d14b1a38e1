"""One package a feature; each gives `blueprint`. The order is the order of the menu."""

from importlib import import_module

from flask import Flask

from crm.entities.registry import entities
from crm.web.entity_pages import blueprint_of

FEATURES = (
    "auth workbench office schedule customers pool contacts records opportunities plan targets target_setting"
    " categories products finding search notices lookup numbering"
    " tasks jobs bulletins approvals orders receipts receivables quotes lines"
    " policy dictionaries settings organisation roles grants lists imports prints"
).split()


def register_blueprints(app: Flask) -> None:
    """The features, then the kinds of record that have no pages of their own."""
    for feature in FEATURES:
        app.register_blueprint(import_module(f"crm.blueprints.{feature}").blueprint)
    for kind in entities():
        if kind.key not in app.blueprints:
            app.register_blueprint(blueprint_of(kind))
