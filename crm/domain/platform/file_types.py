"""What a sent file is, by its content: its name says what somebody wants it to be (hostile cases 43, 45).

By its name it is only refused: a script is a text like any other until Windows runs it for the ending of its name.
"""

from pathlib import Path

from crm.errors import DomainError
from crm.i18n import N_

HEAD = 4096
UNKNOWN = "application/octet-stream"
REFUSED = N_("%(name)s is a program or a web page, which is not kept here. Please send documents and pictures.")

_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"#!",
    b"L\x00\x00\x00\x01\x14\x02\x00",
    b"dex\n",
    b"\x00asm",
)
"""Windows, Linux, Java, macOS, scripts, shortcuts, Android, WebAssembly."""
_RUN_BY_NAME = frozenset(
    "bat cmd com cpl exe hta jar js jse lnk msc msi msp pif ps1 psm1".split()
    + "reg scf scr sct url vb vbe vbs ws wsc wsf wsh".split()
)
"""Endings that make a double click in Windows run what the file holds."""
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<?php", b"<iframe", b"<%")
_KNOWN = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
PICTURED = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"})
"""Of these a small picture is made."""


def media_type_of(head: bytes) -> str:
    """By the first bytes; an unknown type is just bytes."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in _KNOWN if head.startswith(mark)), UNKNOWN)


def is_refused(head: bytes) -> bool:
    """Programs, and what a browser would run as a page: in the first signs of the text, after marks and comments."""
    if head.startswith(_PROGRAMS):
        return True
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if text.startswith(_PAGES):
        return True
    # <?xml … <svg, <!-- … --> <html
    return text.startswith((b"<?xml", b"<!--", b"<!doctype")) and any(page in text for page in _PAGES)


def check_type(path: Path, name: str) -> str:
    """The media type of the file. Raises DomainError for types that are refused."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if is_refused(head) or name.rpartition(".")[2].strip().lower() in _RUN_BY_NAME:
        raise DomainError(REFUSED, name=name)
    return media_type_of(head)
