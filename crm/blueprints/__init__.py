"""One package a feature; each gives `blueprint`. The order is the order of the menu."""

from importlib import import_module

from flask import Flask

FEATURES = (
    "auth workbench office schedule customers pool contacts records opportunities plan targets target_setting"
    " categories products finding search notices lookup numbering"
    " tasks jobs bulletins approvals orders receipts receivables quotes lines"
    " policy dictionaries settings organisation roles grants lists imports prints"
).split()


def register_blueprints(app: Flask) -> None:
    for feature in FEATURES:
        app.register_blueprint(import_module(f"crm.blueprints.{feature}").blueprint)
