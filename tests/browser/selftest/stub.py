"""A small application for the self-tests: a door, a list with a form, and pages with one fault each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_file,
    session,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from .. import needs

POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:"
BOOT = "if (window.FormData) { document.write('<script src=\"/htmx.js\"><\\/script>'); }"
SCRIPTS = {
    "boot": BOOT,
    "error": "undefinedThing();",
    "es6": "document.title = [1, 2].map(n => `${n}`).join('');",
    "fetch": "window.fetch('/');",
}
STYLE = "h1 { color: var(--ink); } .g { display: block; display: grid; } .wide { width: 1200px; }"


def make(instance: Path) -> Flask:
    app = Flask(__name__, instance_path=str(instance))
    app.secret_key = "self-test"
    for rule, view in VIEWS.items():
        app.add_url_rule(rule, view.__name__, view, methods=["GET", "POST"])
    app.after_request(_guard)
    return app


def install(app: Flask, instance: Path) -> None:
    _store(app).write_text("[]", encoding="utf-8")


def prepare(app: Flask) -> None:
    _store(app).write_text('["昌隆貿易"]', encoding="utf-8")


def names(app: Flask) -> list[str]:
    return list(json.loads(_store(app).read_text(encoding="utf-8")))


def _store(app: Flask) -> Path:
    return Path(app.instance_path) / "names.json"


def _add(name: str) -> None:
    _store(current_app).write_text(json.dumps([*names(current_app), name]), encoding="utf-8")


def _guard(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _page(fault: str = "", status: int = 200) -> Response:
    html = render_template("page.html", fault=fault, names=names(current_app), user=session.get("user"))
    return Response(html, status)


def index() -> AnyResponse:
    return _page() if "user" in session else redirect(url_for("login"))


def login() -> AnyResponse:
    if request.method == "POST":
        session["user"] = request.form["name"]
        return redirect(url_for("index"), 303)
    return Response(render_template("login.html"))


def add() -> AnyResponse:
    name = request.form["name"]
    if not name:
        return _page("名稱不能為空", 422)
    _add(f"{name}({request.form['level']},{request.form.get('kind')})")
    return _page() if "HX-Request" in request.headers else redirect(url_for("index"), 303)


def upload() -> AnyResponse:
    _add(request.files["paper"].filename or "?")
    return redirect(url_for("index"), 303)


def fault(kind: str) -> Response:
    if kind.isdigit():
        abort(int(kind))
    return _page(kind)


def script(name: str) -> Response:
    return Response(SCRIPTS[name], mimetype="text/javascript")


def htmx() -> Response:
    return send_file(needs.ROOT / "crm/static/vendor/htmx.min.js")


def style() -> Response:
    return Response(STYLE, mimetype="text/css")


def export() -> Response:
    body = "\n".join(names(current_app))
    sent = Response(body, mimetype="text/csv")
    sent.headers["Content-Disposition"] = "attachment; filename=names.csv"
    return sent


VIEWS: dict[str, Callable[..., Any]] = {
    "/": index,
    "/login": login,
    "/add": add,
    "/upload": upload,
    "/fault/<kind>": fault,
    "/script/<name>.js": script,
    "/htmx.js": htmx,
    "/style.css": style,
    "/export": export,
}
