"""Chromium with Internet Explorer 11's gaps.

Two halves: a script that runs before the page's own and takes away what IE 11 lacks, and a filter in front
of the application that hands Chromium only what IE 11 would have understood: rules of CSS that it drops are
gone, scripts that it cannot parse throw instead. The filter stands in the server, not in the browser, so
redirects and uploads pass it like everything else. What IE lacks is MDN's data (`masks/`).
"""

import json
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from . import needs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

USER_AGENT = "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"
KINDS = {
    "text/html": "html",
    "text/css": "css",
    "text/javascript": "js",
    "application/javascript": "js",
}


class Mask:
    """A node process that knows IE 11; asked by the server's threads, one at a time."""

    def __init__(self) -> None:
        script = Path(__file__).parent / "masks" / "answer.js"
        self._node = subprocess.Popen(
            [needs.node(), str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], str] = {}
        self.dropped: dict[str, None] = {}
        """What IE would not have understood, each once, in the order it was met."""
        self.init_script = self._ask("init", "", "")

    def apply(self, kind: str, text: str, name: str) -> str:
        """The text as IE 11 would take it. `kind` is html, css or js; `name` is for messages."""
        if kind == "html":
            return self._ask(kind, text, name)
        if (kind, text) not in self._known:
            self._known[kind, text] = self._ask(kind, text, name)
        return self._known[kind, text]

    def _ask(self, kind: str, text: str, name: str) -> str:
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        with self._lock:
            self._node.stdin.write(json.dumps({"kind": kind, "text": text, "name": name}) + "\n")
            self._node.stdin.flush()
            line = self._node.stdout.readline()
        said = json.loads(line) if line else {"error": "the node process of the mask has ended"}
        if "error" in said:
            raise RuntimeError(f"IE 11 mask, {kind} {name}: {said['error']}")
        self.dropped.update(dict.fromkeys(said["log"]))
        return str(said["text"])

    def close(self) -> None:
        assert self._node.stdin is not None
        self._node.stdin.close()
        self._node.wait(timeout=10)


class MaskedApp:
    """A WSGI application as IE 11 would see it."""

    def __init__(self, app: "WSGIApplication", mask: Mask) -> None:
        self._app = app
        self._mask = mask

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # the filter reads plain text
        response = Response.from_app(self._app, environ, buffered=True)
        kind = KINDS.get(response.mimetype or "")
        body = response.get_data()
        if kind and body:
            response.set_data(self._mask.apply(kind, body.decode("utf-8"), environ["PATH_INFO"]))
        return response(environ, start_response)
