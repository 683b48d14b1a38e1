"""附件: files at records: sent, kept once, shown to who sees the record, fetched, deleted (hostile cases 41 to 45)."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import html
from PIL import Image
from sqlalchemy import select

from crm.domain.platform import stored_files
from crm.domain.platform.attachments import drop_deleted, shown_name
from crm.domain.platform.file_types import is_refused
from crm.domain.platform.settings import change_settings
from crm.domain.platform.stored_files import drop_orphans, drop_unused
from crm.jobs.registry import JOBS
from crm.models import Attachment, Deletion, OperationLog, StoredFile
from tests.cast import actor_as
from tests.dumping import differences, dump
from tests.factories import approved_order, make_customer


@pytest.fixture
def customer(session, cast):
    return make_customer(session, cast.wang, name="大同書局")


@pytest.fixture
def folder(app):
    return Path(app.config["CRM_INSTANCE"]) / "uploads" / "attachments"


def url_of(record, kind="customers"):
    return f"/attachments/{kind}/{record.id}"


def send(person, record, *files, kind="customers"):
    """Each of `files` is (name, content)."""
    sent = [(io.BytesIO(content), name) for name, content in files]
    return person.post(url_of(record, kind), {"files": sent}, content_type="multipart/form-data")


def tree(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)[:1500]
    return html.fromstring(answer.get_data(as_text=True))


def names(answer):
    return tree(answer).xpath("//table[@class='list']//td[2]/a/text()")


def hanging(session):
    session.rollback()
    return session.scalars(select(Attachment).where(Attachment.deleted_at.is_(None)).order_by(Attachment.id)).all()


def files_in(folder):
    return sorted(file.name for file in folder.rglob("*") if file.is_file()) if folder.exists() else []


def photo(size=(1200, 800), **more):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "JPEG", **more)
    return out.getvalue()


PDF = b"%PDF-1.7\n..."


def test_several_are_sent_at_once_listed_and_fetched_again(as_user, session, customer, folder):
    wang = as_user("wang")
    assert send(wang, customer, ("合約.pdf", PDF), ("門市.jpg", photo())).status_code == 303
    assert names(wang.get(url_of(customer))) == ["門市.jpg", "合約.pdf"]
    contract, picture = hanging(session)
    answer = wang.get(f"/attachments/{contract.id}/file")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")
    small = Image.open(io.BytesIO(wang.get(f"/attachments/{picture.id}/picture").data))
    assert small.size == (320, 213)
    assert files_in(folder) == sorted([contract.digest, picture.digest, f"{picture.digest}.jpg"])
    (tab,) = tree(wang.get(f"/customers/{customer.id}")).xpath("//nav[@class='tabs']/a[text()='附件']/@href")
    assert tab == url_of(customer)


def test_a_photo_stands_upright_and_tells_no_place(as_user, session, customer, folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    send(as_user("wang"), customer, ("直拍.jpg", photo((800, 400), exif=exif)))
    (one,) = hanging(session)
    with Image.open(folder / one.digest[:2] / f"{one.digest}.jpg") as small:
        assert small.size == (160, 320)
        assert not small.getexif()


def test_the_same_file_is_kept_once_and_hangs_once(as_user, session, cast, customer, folder):
    other, wang = make_customer(session, cast.wang), as_user("wang")
    session.commit()
    send(wang, customer, ("合約.pdf", PDF), ("合約.pdf", PDF))
    send(wang, customer, ("合約.pdf", PDF))
    send(wang, other, ("合約副本.pdf", PDF))
    assert [one.name for one in hanging(session)] == ["合約.pdf", "合約副本.pdf"]
    assert len(session.scalars(select(StoredFile)).all()) == 1
    assert len(files_in(folder)) == 1


def test_who_does_not_see_the_record_sees_none_of_it(as_user, session, customer):
    send(as_user("wang"), customer, ("合約.pdf", PDF))
    (one,) = hanging(session)
    li = as_user("li")
    for url in (url_of(customer), f"/attachments/{one.id}/file", f"/attachments/{one.id}/picture"):
        assert li.get(url).status_code == 404
    assert send(li, customer, ("x.pdf", PDF)).status_code == 404
    assert li.post(f"/attachments/{one.id}/delete").status_code == 404
    assert len(hanging(session)) == 1


def test_a_signed_contract_comes_to_an_approved_order_and_stays(as_user, session, cast, customer):
    order = approved_order(session, customer, cast.wang, cast.order)
    session.commit()
    assert send(as_user("wang"), order, ("簽回.pdf", PDF), kind="orders").status_code == 303
    (one,) = hanging(session)
    assert "附件 (1)" in tree(as_user("wang").get(f"/orders/{order.id}")).text_content()
    assert as_user("order").post(f"/attachments/{one.id}/delete").status_code == 403
    assert send(as_user("order"), order, ("x.pdf", PDF), kind="orders").status_code == 403


def test_deleted_it_is_gone_and_comes_back(as_user, session, customer):
    wang = as_user("wang")
    send(wang, customer, ("合約.pdf", PDF))
    (one,) = hanging(session)
    assert "合約.pdf" in wang.get(f"/attachments/{one.id}/delete").text
    assert wang.post(f"/attachments/{one.id}/delete").status_code == 303
    assert wang.get(f"/attachments/{one.id}/file").status_code == 404
    assert names(wang.get(url_of(customer))) == []
    assert wang.post(f"/attachments/{one.id}/restore").status_code == 303
    assert names(wang.get(url_of(customer))) == ["合約.pdf"]
    told = session.scalars(select(OperationLog.action).where(OperationLog.entity == "attachments"))
    assert list(told) == ["created", "deleted", "restored"]


def test_it_goes_with_its_record_and_comes_back_with_it(as_user, session, cast, customer):
    wang = as_user("admin")
    send(wang, customer, ("合約.pdf", PDF))
    (one,) = hanging(session)
    wang.post(f"/customers/{customer.id}/delete")
    assert wang.get(f"/attachments/{one.id}/file").status_code == 404


REFUSED = [
    ("setup.pdf", b"MZ\x90\x00"),
    ("圖.jpg", b"\x7fELF\x02"),
    ("頁.txt", b"\xef\xbb\xbf \n<!DOCTYPE html><script>alert(1)</script>"),
    ("圖.svg", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
    ("注.txt", b"<!-- x --><html><body onload=x()>"),
    ("頁16.txt", "<html>".encode("utf-16")),
    ("清理.BAT", b"del /q *.*"),
    ("報價.pdf.js", b"new ActiveXObject('WScript.Shell')"),
    ("藏\u202efdp.vbs. ", b"MsgBox 1"),
    ("run", b"#!/bin/sh\nrm -rf /"),
    ("a.pHaR", b"<?php system($_GET[0]);"),
    ("空.txt", b""),
]


@pytest.mark.parametrize(("name", "content"), REFUSED)
def test_programs_pages_and_nothing_are_refused_with_all_that_came_with_them(
    as_user, session, customer, folder, name, content
):
    answer = send(as_user("wang"), customer, ("合約.pdf", PDF), (name, content))
    assert answer.status_code == 422
    assert html.fromstring(answer.get_data(as_text=True)).xpath("//*[@id='f-files-error']")
    assert hanging(session) == []
    assert files_in(folder) == []


@pytest.mark.parametrize("content", [b"customer,phone\n1,2\n", "名單<3\n".encode(), b"\x00\x01\x02", b"PK\x03\x04"])
def test_other_contents_are_not(content):
    assert not is_refused(content)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\王\\合約.pdf", "合約.pdf"),
        ("a.pHaR", "a.pHaR"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("..", "file"),
        ("", "file"),
        ("報\u202e價\r\n單.pdf", "報價 單.pdf"),
        ('"><img src=x>.png', "img src=x.png"),
    ],
)
def test_names_are_only_names(sent, shown):
    assert shown_name(sent) == shown


def test_too_many_and_none_are_told(as_user, session, customer):
    wang = as_user("wang")
    assert wang.post(url_of(customer), {}, content_type="multipart/form-data").status_code == 422
    many = [(f"{n}.txt", b"%d" % n) for n in range(21)]
    assert send(wang, customer, *many).status_code == 422
    assert hanging(session) == []


def test_one_that_is_too_large_is_refused(as_user, session, customer, monkeypatch, folder):
    monkeypatch.setattr("crm.domain.platform.stored_files.MAX_BYTES", 10)
    assert send(as_user("wang"), customer, ("大.txt", b"x" * 11)).status_code == 422
    assert files_in(folder) == []


@pytest.mark.parametrize("content", [b"\xff\xd8\xff not a picture", photo()[:200], b"GIF89a" + b"\xff" * 40])
def test_a_broken_picture_is_kept_without_a_small_one(as_user, session, customer, content):
    assert send(as_user("wang"), customer, ("壞.jpg", content)).status_code == 303
    (one,) = hanging(session)
    assert as_user("wang").get(f"/attachments/{one.id}/picture").status_code == 404


def test_a_picture_of_too_many_pixels_is_not_unpacked(as_user, session, customer):
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    assert send(as_user("wang"), customer, ("bomb.png", out.getvalue())).status_code == 303
    (one,) = hanging(session)
    assert not session.get_one(StoredFile, one.digest).pictured


def test_the_job_throws_away_what_nothing_hangs_on(as_user, session, cast, customer, folder):
    import os

    wang = as_user("wang")
    send(wang, customer, ("合約.pdf", PDF), ("留.txt", b"stays"))
    gone, stays = hanging(session)
    wang.post(f"/attachments/{gone.id}/delete")
    for file in folder.rglob("*"):
        os.utime(file, (0, 0))
    later = datetime.now(UTC) + timedelta(days=31)
    by = actor_as(session, cast.admin, later)
    session.rollback()
    assert (drop_deleted(session, by), drop_unused(session, later), drop_orphans(session, later)) == (1, 1, 1)
    session.commit()
    assert files_in(folder) == [stays.digest]
    JOBS["attachments"].verb(session, by)
    assert files_in(folder) == [stays.digest]


def test_a_deleted_file_is_an_entry_of_the_recycle_bin(as_user, session, cast, customer):
    """With 【還原】 in the message at once; whoever does not see the record does not see the entry (A-10)."""
    wang = as_user("wang")
    before = dump(session)
    send(wang, customer, ("合約.pdf", PDF))
    (one,) = hanging(session)
    kept = dump(session)
    page = wang.get(wang.post(f"/attachments/{one.id}/delete").location)
    assert "合約.pdf" in as_user("admin").get("/bin?kind=attachments").text
    form = next(form for form in tree(page).forms if form.action.endswith("/bin/restore"))
    back = wang.post("/bin/restore", dict(form.form_values()))
    assert back.location == url_of(customer)
    assert set(differences(kept, dump(session))) <= {"login_sessions"}
    wang.post(f"/attachments/{one.id}/delete")
    (entry,) = session.scalars(select(Deletion.id))
    assert as_user("li").get(f"/bin/{entry}").status_code == 404
    assert "合約.pdf" in wang.get(f"/bin/{entry}").text
    wang.post(f"/attachments/{one.id}/restore")
    session.expire_all()
    assert session.scalars(select(Deletion)).all() == []
    wang.post(f"/attachments/{one.id}/delete")
    (entry,) = session.scalars(select(Deletion.id))
    assert as_user("admin").post(f"/bin/{entry}/purge").status_code == 303
    session.rollback()
    left = differences(before, dump(session))
    assert set(left) <= {"stored_files", "login_sessions"}


def test_a_file_of_a_deleted_record_waits_for_it(as_user, session, customer):
    admin = as_user("admin")
    send(admin, customer, ("合約.pdf", PDF))
    (one,) = hanging(session)
    admin.post(f"/attachments/{one.id}/delete")
    (entry,) = session.scalars(select(Deletion.id))
    admin.post(f"/customers/{customer.id}/delete")
    assert admin.post(f"/bin/{entry}/restore").status_code == 409
    session.refresh(one)
    assert one.deleted_at is not None


def test_the_firms_limit_is_told(as_user, session, customer, monkeypatch):
    monkeypatch.setattr(stored_files, "GIGABYTE", 100)
    change_settings(session, attachments_gb=1)
    session.commit()
    wang = as_user("wang")
    assert send(wang, customer, ("一.pdf", PDF + b"x" * 60)).status_code == 303
    answer = send(wang, customer, ("二.pdf", PDF + b"y" * 60))
    assert answer.status_code == 422
    assert "上限" in answer.text
    assert len(hanging(session)) == 1


def test_no_more_is_promised_than_the_disk_holds(as_user, session):
    admin = as_user("admin")
    form = next(form for form in tree(admin.get("/settings")).forms if "data-guard" in form.attrib)
    sent = dict(form.form_values())
    answer = admin.post("/settings", {**sent, "attachments_gb": "100000"})
    assert answer.status_code == 422
    assert "伺服器磁碟" in answer.text
