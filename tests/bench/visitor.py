"""Somebody with an open connection and a signed-in cookie, who asks for pages and sends forms."""

from dataclasses import dataclass
from html.parser import HTMLParser
from http.client import HTTPConnection, RemoteDisconnected
from http.cookies import SimpleCookie
from time import perf_counter
from urllib.parse import urlencode


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    seconds: float
    location: str = ""


class Visitor:
    """Keeps its connection open, as browsers do; `zipped` says whether it takes compressed pages."""

    def __init__(
        self,
        port: int,
        cookies: dict[str, str] | None = None,
        zipped: bool = True,
        headers: dict[str, str] | None = None,
    ) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {**({"Accept-Encoding": "gzip"} if zipped else {}), **(headers or {})}
        self._cookies = dict(cookies or {})

    def get(self, path: str) -> Answer:
        try:
            return self._ask("GET", path)
        except RemoteDisconnected:  # it lay idle too long; http.client opens it again
            return self._ask("GET", path)

    def post(self, path: str, fields: list[tuple[str, str]]) -> Answer:
        return self._ask("POST", path, urlencode(fields))

    def plain(self, path: str) -> Answer:
        """The page, not compressed."""
        self._headers, kept = {k: v for k, v in self._headers.items() if k != "Accept-Encoding"}, self._headers
        try:
            return self.get(path)
        finally:
            self._headers = kept

    def send_file(self, path: str, fields: list[tuple[str, str]], name: str, file_name: str, data: bytes) -> Answer:
        """A form with a file, as browsers send it."""
        mark = "bench-7d1f2c"
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields if k != name
        ]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        head += "Content-Type: application/octet-stream\r\n\r\n"
        body = "".join(parts).encode() + head.encode() + data + f"\r\n--{mark}--\r\n".encode()
        return self._ask("POST", path, body, f"multipart/form-data; boundary={mark}")

    def form(self, page: str, action: str) -> list[tuple[str, str]]:
        """What a browser would send of the page's form with that action, nothing being changed."""
        reader = FormReader(action)
        reader.feed(self.plain(page).body.decode())
        return reader.fields

    def _ask(
        self, method: str, path: str, body: str | bytes | None = None, kind: str = "application/x-www-form-urlencoded"
    ) -> Answer:
        headers = dict(self._headers)
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if body is not None:
            headers["Content-Type"] = kind
        started = perf_counter()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        seconds = perf_counter() - started
        for line in response.headers.get_all("Set-Cookie") or ():
            self._cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        return Answer(response.status, content, seconds, response.headers.get("Location", ""))


NONE, UNSEEN, SENT = range(3)


class FormReader(HTMLParser):
    """Collects the named controls of one form with their values."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self._action = action
        self._inside = False
        self._select: str | None = None
        self._default = NONE
        """Browsers send the first option of a drop-down where none is selected: whether it was taken for now."""
        self._area: str | None = None
        self.fields: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self._inside = given.get("action", "").split("?")[0] == self._action
        elif self._inside and "name" in given:
            self._control(tag, given)
        elif self._select and tag == "option" and ("selected" in given or self._default == UNSEEN):
            if self._default == SENT:
                self.fields.pop()
            self._default = SENT if self._default == UNSEEN and "selected" not in given else NONE
            self.fields.append((self._select, given.get("value", "")))

    def _control(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if tag == "select":
            self._select, self._default = given["name"], NONE if "multiple" in given else UNSEEN
        elif tag == "textarea":
            self._area = given["name"]
            self.fields.append((self._area, ""))
        elif tag == "input" and (kind not in ("checkbox", "radio", "submit") or "checked" in given):
            self.fields.append((given["name"], given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area:
            name, before = self.fields.pop()
            self.fields.append((name, before + data))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None


def changed(fields: list[tuple[str, str]], **values: str) -> list[tuple[str, str]]:
    """The fields with some values of their own."""
    return [*((name, value) for name, value in fields if name not in values), *values.items()]
