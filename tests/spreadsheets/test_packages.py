"""Packages as other programs make them: parts are found by what the package says of them, not by their usual names."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import openpyxl
import pytest

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.reading import read_sheet, read_sheets
from tests.spreadsheets.builders import raw_xlsx, repacked, saved, sheet_xml, zipped

Renamed = Callable[[str], str | None]
Changed = Callable[[str, bytes], bytes]
DAY = date(2026, 3, 4)


def book() -> bytes:
    """Two sheets with texts, a number, a day and a truth, as a usual program writes them."""
    made = openpyxl.Workbook()
    made.active.title = "客戶"
    made.active.append(["客戶名稱", "電話", "日期"])
    made.active.append(["臺泥", 912345678, DAY])
    made.create_sheet("第二").append(["x & y", True])
    return saved(made)


def texts_shared() -> bytes:
    """A sheet whose texts stand in the table of shared texts."""
    strings = '<sst xmlns="x"><si><t>客戶名稱</t></si><si><r><t>臺</t></r><r><t>泥</t></r></si></sst>'
    cells = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>'
    return raw_xlsx(sheet_xml(cells), strings=strings)


def same(name: str, content: bytes) -> bytes:
    return content


def keep(name: str) -> str:
    return name


def moved(replaced: dict[str, str], begin: str = "") -> tuple[Renamed, Changed]:
    """Parts under other names; the relationships say the new names from the top, beginning with `begin`."""
    folders = {"xl/workbook.xml": replaced.get("xl/workbook.xml", "xl/workbook.xml")}

    def renamed(name: str) -> str:
        if name == "xl/_rels/workbook.xml.rels":
            folder, _slash, file = folders["xl/workbook.xml"].rpartition("/")
            return f"{folder}/_rels/{file}.rels".lstrip("/")
        return replaced.get(name, name)

    def changed(name: str, content: bytes) -> bytes:
        if not name.endswith(".rels"):
            return content
        base = name.split("_rels/")[0]

        def target(found: re.Match[bytes]) -> bytes:
            old = found[1].decode()
            full = old.lstrip("/") if old.startswith("/") else base + old
            return f'Target="{begin}{replaced.get(full, full)}"'.encode()

        return re.sub(rb'Target="([^"]*)"', target, content)

    return renamed, changed


PLACES = {
    "elsewhere": {"xl/workbook.xml": "book/wb.xml"},
    "at the top": {"xl/workbook.xml": "wb.xml", "xl/sharedStrings.xml": "texts.xml"},
    "deep": {"xl/workbook.xml": "a/b/c/Mappe1.xml", "xl/worksheets/sheet1.xml": "data/Tabelle eins.xml"},
    "other names": {
        "xl/sharedStrings.xml": "xl/words/strings7.xml",
        "xl/styles.xml": "xl/look.xml",
        "xl/worksheets/sheet1.xml": "xl/one.xml",
    },
    "chinese names": {"xl/worksheets/sheet1.xml": "資料/工作表1.xml"},
}


@pytest.mark.parametrize("places", PLACES.values(), ids=list(PLACES))
@pytest.mark.parametrize("make", [book, texts_shared])
def test_parts_under_other_names(places: dict[str, str], make: Callable[[], bytes]) -> None:
    data = repacked(make(), *moved(places, "/"))
    assert [one.rows for one in read_sheets(data, "a.xlsx")] == [one.rows for one in read_sheets(make(), "a.xlsx")]


def with_targets(change: Callable[[str], str]) -> Changed:
    def changed(name: str, content: bytes) -> bytes:
        if not name.endswith(".rels"):
            return content
        return re.sub(rb'Target="([^"]*)"', lambda m: f'Target="{change(m[1].decode())}"'.encode(), content)

    return changed


def without_root(name: str) -> str | None:
    """Only the list of types tells which part is the workbook."""
    if name == "_rels/.rels":
        return None
    return name.replace("xl/workbook", "xl/mappe").replace("xl/_rels/workbook", "xl/_rels/mappe")


def typed(name: str, content: bytes) -> bytes:
    return content.replace(b"/xl/workbook.xml", b"/xl/mappe.xml") if "Types" in name else content


@pytest.mark.parametrize(
    ("renamed", "changed"),
    [
        (lambda name: name.replace("/", "\\"), same),
        (lambda name: name.replace("/", "\\"), with_targets(lambda target: target.replace("/", "\\"))),
        (str.upper, same),
        (str.lower, same),
        (keep, with_targets(str.upper)),
        (keep, with_targets(lambda target: target if target.startswith("/") else f"./{target}")),
        (keep, with_targets(lambda target: target if target.startswith("/") else f"x/../{target}")),
        (lambda name: "/" + name, same),
        (lambda name: None if name == "_rels/.rels" else name, same),
        (without_root, typed),
        (
            lambda name: name.replace("sheet1.xml", "sheet 1.xml"),
            with_targets(lambda target: target.replace("sheet1.xml", "sheet%201.xml")),
        ),
    ],
    ids=["backslashes", "everywhere", "capitals", "small", "targets", "here", "up", "/", "no root", "by type", "%20"],
)  # fmt: skip
def test_other_ways_of_writing_the_names(renamed: Renamed, changed: Changed) -> None:
    data = repacked(book(), renamed, changed)
    first, second = read_sheets(data, "a.xlsx")
    assert first.rows == [["客戶名稱", "電話", "日期"], ["臺泥", 912345678.0, DAY]]
    assert (second.sheet_name, second.rows) == ("第二", [["x & y", True]])


def strict(name: str, content: bytes) -> bytes:
    """The namespaces of ISO 29500 Strict; days are then written out."""
    for old, new in (
        (
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        (
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
    ):
        content = content.replace(old, new)
    return re.sub(rb'<c r="C2"([^>]*) t="n"><v>46085</v>', rb'<c r="C2"\1 t="d"><v>2026-03-04</v>', content)


def test_strict_packages() -> None:
    data = repacked(book(), keep, strict)
    assert b"purl.oclc.org" in zipfile.ZipFile(io.BytesIO(data)).read("xl/workbook.xml")
    rows = read_sheet(data, "a.xlsx").rows
    assert rows[1][:2] == ["臺泥", 912345678.0]
    assert rows[1][2] in (DAY, datetime(2026, 3, 4))  # noqa: DTZ001 - a cell knows no zone


def test_macros_templates_and_large_entries() -> None:
    def macros(name: str, content: bytes) -> bytes:
        return (
            content.replace(b"spreadsheetml.sheet.main+xml", b"sheet.macroEnabled.main+xml")
            if "Types" in name
            else content
        )

    assert len(list(read_sheets(repacked(book(), keep, macros), "a.xlsm"))) == 2
    out = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(book()))
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            with target.open(name, "w", force_zip64=True) as part:
                part.write(source.read(name))
    assert len(list(read_sheets(out.getvalue(), "a.xlsx"))) == 2


@pytest.mark.parametrize("lost", ["xl/worksheets/sheet2.xml", "xl/_rels/workbook.xml.rels"])
def test_a_sheet_that_is_not_there_is_no_empty_one(lost: str) -> None:
    data = repacked(book(), lambda name: None if name == lost else name, same)
    with pytest.raises(SpreadsheetError) as refused:
        list(read_sheets(data, "a.xlsx"))
    assert refused.value.message == messages.DAMAGED


ODS = zipped(
    mimetype=b"application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": b"<office:document-content/>"}
)
TEXT = zipped(
    **{
        "[Content_Types].xml": b"<Types/>",
        "_rels/.rels": b'<R><Relationship Id="a" Type="x/officeDocument" Target="word/document.xml"/></R>',
        "word/document.xml": b"<w:document xmlns:w='w'><w:body/></w:document>",
    }
)
XML_2003 = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>'
)
PAGE = "<html><body><table><tr><td>名稱</td></tr></table></body></html>"
FOREIGN = {
    "page": (PAGE.encode(), messages.WEB_PAGE),
    "page in big5": (b"\r\n<meta charset=big5>" + PAGE.encode("big5"), messages.WEB_PAGE),
    "page with a mark": (b"\xef\xbb\xbf\n" + PAGE.encode(), messages.WEB_PAGE),
    "page in utf-16": (PAGE.encode("utf-16"), messages.WEB_PAGE),
    "xhtml": (b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="x"></html>', messages.WEB_PAGE),
    "bare table": (b"<TABLE border=1><TR><TD>1</TD></TR></TABLE>", messages.WEB_PAGE),
    "only rows": (b"<!-- export --><style>td{}</style><table></table>", messages.WEB_PAGE),
    "archived page": (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", messages.WEB_PAGE),
    "xml 2003": (XML_2003.encode(), messages.XML_SPREADSHEET),
    "xml 2003 in utf-16": (XML_2003.encode("utf-16"), messages.XML_SPREADSHEET),
    "xml 2003 without a heading": (XML_2003.partition("?>\n")[2].encode(), messages.XML_SPREADSHEET),
    "other xml": (b'<?xml version="1.0"?><customers><c/></customers>', messages.NOT_A_SPREADSHEET),
    "ods": (ODS, messages.OPEN_DOCUMENT),
    "flat ods": (b'<?xml version="1.0"?><office:document xmlns:office="urn:oasis"/>', messages.OPEN_DOCUMENT),
    "odt": (zipped(mimetype=b"application/vnd.oasis.opendocument.text"), messages.NOT_A_SPREADSHEET),
    "numbers": (zipped(**{"Index/Document.iwa": b"x", "Metadata/Properties.plist": b"x"}), messages.NUMBERS),
    "numbers of 2013": (zipped(**{"Index.zip": b"x", "preview.jpg": b"x"}), messages.NUMBERS),
    "xlsb": (zipped(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"}), messages.BINARY_WORKBOOK),
    "xlsb elsewhere": (zipped(**{"[Content_Types].xml": b"<T/>", "b/Workbook.bin": b"x"}), messages.BINARY_WORKBOOK),
    "docx": (TEXT, messages.NOT_A_SPREADSHEET),
    "archive": (zipped(**{"客戶.xlsx": b"x"}), messages.ARCHIVE),
    "archive of text": (zipped(**{"a/b.csv": b"x"}), messages.ARCHIVE),
    "picture": (b"\x89PNG\r\n\x1a\n", messages.NOT_A_SPREADSHEET),
    "photograph": (b"\xff\xd8\xff\xe0AB", messages.NOT_A_SPREADSHEET),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", messages.PDF),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), FOREIGN.values(), ids=list(FOREIGN))
@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv", "a.numbers"])
def test_each_other_kind_has_its_own_sentence(data: bytes, message: str, name: str) -> None:
    with pytest.raises(SpreadsheetError) as refused:
        list(read_sheets(data, name))
    assert refused.value.message == message


@pytest.mark.parametrize(
    "text",
    ["<客戶名稱>,電話\n甲,1\n", "ID;Phone;Name\n1;2;3\n", "ID;PO\n1;2\n", "名稱,網頁\n甲,<table>\n", "ID,P\n1,2\n"],
)
def test_texts_that_only_look_like_another_kind(text: str) -> None:
    assert len(read_sheet(text.encode(), "a.csv").rows) == 2
