"""The one place that knows the real application: how it is made, installed and filled with a tiny firm."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from . import needs
from .firms import Plant

PASSWORD = "correct-horse-7"
"""Everybody's password in the tiny firm and in the demonstration firm."""
PEOPLE = ("admin", "wang", "li")
"""The tiny firm: an administrator and two salespeople, 王 and 李, who are colleagues."""


@contextmanager
def _surroundings(instance: Path) -> Iterator[None]:
    """The environment variables of a server that keeps everything in `instance` and asks no captcha."""
    wanted = {
        "CRM_INSTANCE": str(instance),
        "CRM_LOGIN_CAPTCHA": "off",
        "CRM_DEMO_PASSWORD": PASSWORD,
    }
    before = {name: value for name, value in os.environ.items() if name.startswith("CRM_")}
    for name in before:
        del os.environ[name]
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name in wanted:
            del os.environ[name]
        os.environ.update(before)


def make(instance: Path) -> Flask:
    try:
        from crm import create_app
    except ImportError:
        needs.missing("crm.create_app is not there")
    with _surroundings(instance):
        return create_app()


def install(app: Flask, instance: Path) -> None:
    """What `flask upgrade` does on a new machine: tables and what every firm begins with."""
    with _surroundings(instance):
        done = app.test_cli_runner().invoke(args=["upgrade"])
    assert done.exit_code == 0, done.output


# --------------------------------------------------------------------------------
# PLUG IN HERE: make PEOPLE with PASSWORD, through the verbs of the domain (or tests/factories.py). Until
# then the scenarios have nobody to sign in as; the self-tests do not come through here.
def tiny_firm(app: Flask) -> None:
    """An administrator `admin`, the salespeople `wang` and `li`, nothing else."""
    needs.missing("tests/browser/plug.py: tiny_firm() is not written yet")


# --------------------------------------------------------------------------------

REAL = Plant(make=make, install=install, prepare=tiny_firm)
