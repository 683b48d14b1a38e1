"""The numbers of records in addresses, and addresses of many rows at little cost: Flask builds each pattern once."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import request, url_for
from werkzeug.routing import IntegerConverter

_PLACE = 987654321
MAX_ID = 2_147_483_647
"""The largest id that both databases keep."""


class RecordNumber(IntegerConverter):
    """`<int:id>`: what no record can be called is not found, and never reaches the database (hostile case 40)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max": MAX_ID, **kwargs})


def record_number(text: str) -> int:
    """For `request.args.get(…, type=record_number)`: raises ValueError for a text that is no record's id."""
    if not is_record_number(text):
        raise ValueError(text)
    return int(text)


def is_record_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= MAX_ID


def url_maker(endpoint: str, parameter: str = "id") -> Callable[[int], str]:
    """A function from a record's number to its address."""
    return _made_url(endpoint, parameter, request.script_root)


@lru_cache(maxsize=1000)
def _made_url(endpoint: str, parameter: str, root: str) -> Callable[[int], str]:
    """`root` is where the application stands at its server; part of the key alone."""
    place: dict[str, Any] = {parameter: _PLACE}
    before, after = url_for(endpoint, **place, back=None).split(str(_PLACE))
    return lambda number: f"{before}{number}{after}"
