"""Before the first answer: what the first person would otherwise wait for."""

from flask import Flask


def warm_up(app: Flask) -> None:
    pass
