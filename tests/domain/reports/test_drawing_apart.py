"""Pictures are drawn in a process of its own: killed, late or failing, it never holds the server up (X-5)."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from crm.charts import Drawing, Series, in_subprocess
from crm.charts.in_subprocess import Drawer, NotDrawn
from crm.domain.platform import drawing as pictures
from crm.domain.platform.drawing import Picture, PictureMissing
from crm.processes import ROOT

posix_only = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


def of(value: float, kind: str = "bar") -> Drawing:
    return Drawing(kind, ("甲",), (Series("銷售額", (value,)),), "zh_Hant")


@pytest.fixture(scope="module")
def shared() -> Iterator[Drawer]:
    drawer = Drawer()
    yield drawer
    drawer.end()


@pytest.fixture
def drawer(shared: Drawer) -> Drawer:
    """One for all of these tests: a start takes a second."""
    return shared


def is_png(body: bytes) -> bool:
    return Image.open(io.BytesIO(body)).format == "PNG"


def gone(process_id: int) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        stat = Path(f"/proc/{process_id}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_one_process_draws_for_everybody(drawer: Drawer) -> None:
    with ThreadPoolExecutor(4) as people:
        bodies = list(people.map(lambda value: drawer.drawn(of(value), ""), (1.0, 2.5, -3.0, 1.0)))
    assert all(map(is_png, bodies)) and bodies[0] == bodies[3] and len(set(bodies)) == 3
    first = drawer.process_id
    drawer.drawn(of(7), "")
    assert drawer.process_id == first


@posix_only
def test_a_killed_process_is_asked_once_more(drawer: Drawer) -> None:
    drawer.drawn(of(1), "")
    killed = drawer.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert is_png(drawer.drawn(of(2), ""))
    assert drawer.process_id != killed and gone(killed)


def test_a_picture_that_cannot_be_drawn_keeps_the_process(drawer: Drawer) -> None:
    drawer.drawn(of(1), "")
    before = drawer.process_id
    wrong: Any = Drawing("bar", ("甲",), (Series("銷售額", ("x",)),), "zh_Hant")  # type: ignore[arg-type]
    with pytest.raises(NotDrawn):
        drawer.drawn(wrong, "")
    assert drawer.process_id == before and is_png(drawer.drawn(of(3), ""))


@pytest.mark.parametrize("limit", [("SECONDS", 0.01), ("MODULE", "crm.nothing")])
def test_what_takes_too_long_or_never_begins_is_told(limit: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_subprocess, *limit)
    mine = Drawer()
    monkeypatch.setattr(pictures, "drawn", mine.drawn)
    with pytest.raises(PictureMissing) as missing:
        Picture(of(0.125), "").body  # noqa: B018
    assert missing.value.message == pictures.NO_PICTURE
    assert mine.process_id is None


@posix_only
@pytest.mark.long
def test_it_ends_when_nobody_asks_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_subprocess, "IDLE", 0.05)
    mine = Drawer()
    began: list[int] = []
    real = in_subprocess.begin
    monkeypatch.setattr(in_subprocess, "begin", lambda module: (p := real(module), began.append(p.pid))[0])
    mine.drawn(of(1), "")
    assert gone(began[0]) and is_png(mine.drawn(of(2), ""))
    mine.end()


SERVER = """
import sys
from crm.charts import Drawing, Series, in_subprocess
drawer = in_subprocess.Drawer()
assert drawer.drawn(Drawing("bar", ("a",), (Series("b", (1.0,)),), "en"), "").startswith(b"\\x89PNG")
assert not {"matplotlib", "numpy"} & set(sys.modules), "the server needs neither"
print(drawer.process_id, flush=True)
sys.stdin.read()
"""


@posix_only
@pytest.mark.long
def test_it_dies_with_the_server_which_never_loads_matplotlib() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        drawing = int(server.stdout.readline())
        assert Path(f"/proc/{drawing}").exists()
        server.kill()
    assert gone(drawing)


def test_the_same_picture_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Drawing] = []

    def drawn(drawing: Drawing, _font: str) -> bytes:
        asked.append(drawing)
        return b"PNG"

    monkeypatch.setattr(pictures, "drawn", drawn)
    picture, again, other = (Picture(of(value), "") for value in (0.25, 0.25, 0.75))
    assert picture.etag == again.etag != other.etag and asked == []
    assert {picture.body, again.body, other.body} == {b"PNG"} and len(asked) == 2
