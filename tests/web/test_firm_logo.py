"""The firm's picture: sent, redrawn, shown on pages, on the login page and on paper (D-6, hostile cases 43, 45)."""

import io
import re

import pytest
from PIL import Image
from sqlalchemy import func, select

from crm.domain.platform.settings import read_settings
from crm.models import FirmLogo, OperationLog
from crm.models.table_versions import clear_cache

FORMS = "multipart/form-data"


def picture(kind="PNG", size=(900, 300), mode="RGB", **more):
    out = io.BytesIO()
    Image.new(mode, size, "teal").save(out, kind, **more)
    return out.getvalue()


def send(person, content, name="logo.png"):
    return person.post("/settings/logo", {"file": (io.BytesIO(content), name)}, content_type=FORMS)


def stored(session):
    session.rollback()
    clear_cache()
    return read_settings(session).logo


def address(page):
    (found,) = set(re.findall(r'src="(/logo/[0-9a-f]{64}\.png)"', page))
    return found


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_picture_becomes_a_small_png_on_every_page(as_user, app, session, cast, kind):
    admin = as_user("admin")
    assert send(admin, picture(kind), "我們的標誌.bin").status_code == 303
    shown = address(admin.get("/customers").text)
    assert address(app.test_client().get("/login").text) == shown
    answer = app.test_client().get(shown)
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert Image.open(io.BytesIO(answer.data)).size == (480, 160)
    assert len(answer.data) <= 40_000


def test_a_photo_is_made_light(as_user, app, session, cast):
    noise = Image.effect_noise((1200, 500), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "PNG")
    admin = as_user("admin")
    assert send(admin, out.getvalue()).status_code == 303
    assert len(app.test_client().get(address(admin.get("/customers").text)).data) <= 40_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("logo.png", b"<?xml version='1.0'?><svg onload='alert(1)'/>"),
        ("logo.png", b"MZ\x90\x00"),
        ("logo.png", b"\x89PNG\r\n\x1a\n" + b"no picture at all"),
        ("logo.jpg", b"%PDF-1.7"),
        ("logo.gif", b""),
        ("logo.html.png", b"<!doctype html><html></html>"),
    ],
)
def test_what_is_no_picture_is_refused_beside_the_field(as_user, session, cast, name, content):
    admin = as_user("admin")
    answer = send(admin, content, name)
    assert answer.status_code == 422
    assert 'id="f-file-error"' in answer.text
    assert stored(session) == ""
    assert session.scalar(select(func.count()).select_from(FirmLogo)) == 0


def test_too_many_pixels_are_not_unpacked(as_user, session, cast):
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    assert send(as_user("admin"), bomb.getvalue()).status_code == 422
    assert stored(session) == ""


def test_too_many_bytes_are_refused(as_user, session, cast):
    assert send(as_user("admin"), b"\x89PNG\r\n\x1a\n" + bytes(6 * 1024 * 1024)).status_code == 413
    assert stored(session) == ""


def test_without_a_file_it_says_so(as_user, cast):
    answer = as_user("admin").post("/settings/logo", {}, content_type=FORMS)
    assert answer.status_code == 422
    assert "請選擇檔案" in answer.text


def test_another_one_replaces_it_and_it_is_taken_away(as_user, app, session, cast):
    admin = as_user("admin")
    send(admin, picture())
    first = address(admin.get("/customers").text)
    send(admin, picture(size=(300, 300)))
    second = address(admin.get("/customers").text)
    assert first != second
    assert app.test_client().get(first).status_code == 404
    assert admin.post("/settings/logo/remove").status_code == 303
    assert app.test_client().get(second).status_code == 404
    assert "/logo/" not in admin.get("/customers").text
    assert stored(session) == ""


def test_it_is_logged(as_user, session, cast):
    send(as_user("admin"), picture())
    rows = session.scalars(select(OperationLog).where(OperationLog.entity == "settings")).all()
    assert ["logo" in row.changes for row in rows][-1:] == [True]


def test_only_who_may_save_the_settings(as_user, session, cast):
    for name in ("wang", "manager"):
        assert as_user(name).get("/settings/logo").status_code == 403
        assert send(as_user(name), picture()).status_code == 403
        assert as_user(name).post("/settings/logo/remove").status_code == 403
    assert stored(session) == ""
