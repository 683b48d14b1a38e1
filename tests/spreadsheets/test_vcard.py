"""Contacts of phones and mail programs: vCard 2.1 to 4.0, Outlook's and Google's CSV (I-5)."""

from random import Random

import pytest

from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.reading import read_sheet
from crm.spreadsheets.sheet import Sheet


def table(data: bytes | str, name: str = "x.vcf") -> list[dict[str, str]]:
    sheet: Sheet = read_sheet(data if isinstance(data, bytes) else data.encode(), name)
    headings = [str(cell) for cell in sheet.rows[0]]
    return [{h: str(c) for h, c in zip(headings, row, strict=True) if c is not None} for row in sheet.rows[1:]]


OLD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9E=97;=E5=B0=8F=E8=8A=AC;;;\r\n"
    "ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=A4=A7=E5=AE=89=E8=B2=BF=E6=98=93=\r\n"
    "=E8=82=A1=E4=BB=BD=E6=9C=89=E9=99=90=E5=85=AC=E5=8F=B8\r\n"
    "TEL;CELL:0912-345-678\r\nTEL;WORK;VOICE:02-2345-6789\r\nTEL;WORK;FAX:02-2345-0000\r\n"
    "EMAIL;INTERNET:lin@example.com\r\n"
    "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQEASABIAAD\r\n AAAA\r\n\r\n"
    "END:VCARD\r\n"
)
NEW = (
    "BEGIN:VCARD\nVERSION:3.0\nFN:王 大明\nN:王;大明;;;\nORG:甲公司;採購部\nTITLE:經理\n"
    "item1.TEL;type=pref:+886 2 2700 0000\nitem1.X-ABLabel:公司\n"
    "ADR;TYPE=WORK:;;和平東路一段1號;大安區;台北市;106;台灣\nBDAY:1985-03-12\n"
    "NOTE:第一行\\n第二行\\, 逗號\nNOTE:另一條很長的備註會被折\n 到下一行\nEND:VCARD\n"
    'BEGIN:VCARD\nVERSION:4.0\nFN:Ann Lee\nTEL;VALUE=uri;TYPE="cell,voice":tel:+1-555-0100\n'
    "EMAIL:ann@example.com\nEMAIL:other@example.com\nGENDER:F\nBDAY:--0312\nORG:B Ltd\nURL:https://b.example\nEND:VCARD\n"
)


def test_an_old_card_with_quoted_printable() -> None:
    (card,) = table(OLD)
    assert card == {
        "姓名": "林小芬",
        "公司名稱": "大安貿易股份有限公司",
        "手機": "0912-345-678",
        "電話": "02-2345-6789",
        "電子郵件": "lin@example.com",
        "備註": "FAX: 02-2345-0000",
    }


def test_newer_cards_folded_with_several_values() -> None:
    first, second = table(NEW)
    assert (first["姓名"], first["公司名稱"], first["部門"], first["職務"]) == ("王 大明", "甲公司", "採購部", "經理")
    assert (first["電話"], first["生日"]) == ("+886 2 2700 0000", "1985-03-12")
    assert first["地址"] == "106台灣台北市大安區和平東路一段1號"
    assert first["備註"] == "第一行\n第二行, 逗號\n備註: 另一條很長的備註會被折到下一行"
    assert (second["手機"], second["電子郵件"], second["性別"]) == ("+1-555-0100", "ann@example.com", "女")
    assert second["備註"].splitlines() == [
        "電子郵件: other@example.com",
        "生日: --0312",
        "URL: https://b.example",
    ]


@pytest.mark.parametrize(("charset", "codec"), [("GB2312", "gb18030"), ("BIG5", "cp950"), ("UTF-8", "utf-8")])
def test_charsets(charset: str, codec: str) -> None:
    told = "".join(f"={byte:02X}" for byte in "林小芬".encode(codec))
    card = f"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{told}\nEND:VCARD\n"
    assert table(card) == [{"姓名": "林小芬"}]
    whole = "BEGIN:VCARD\nVERSION:2.1\nFN:林小芬\nORG:大安貿易股份有限公司\nEND:VCARD\n"
    assert table(whole.encode(codec))[0]["姓名"] == "林小芬"


def test_whatever_is_damaged_is_refused_or_read() -> None:
    random = Random(5)
    for _ in range(300):
        data = bytearray((OLD + NEW).encode())
        for _flip in range(random.randrange(1, 12)):
            data[random.randrange(len(data))] = random.randrange(256)
        try:
            read_sheet(bytes(data[: random.randrange(20, len(data))]), "x.vcf")
        except SpreadsheetError:
            continue


def test_too_many_cards_are_refused() -> None:
    with pytest.raises(SpreadsheetError):
        read_sheet(b"BEGIN:VCARD\nFN:A\nEND:VCARD\n" * 50_001, "x.vcf")


def test_outlook_and_google() -> None:
    outlook = "First Name,Last Name,Company,Business Phone,Mobile Phone\n小芬,林,大安,02-1,09-1\n"
    assert table(outlook, "contacts.csv")[0]["姓名"] == "林小芬"
    google = (
        "First Name,Last Name,Organization Name,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,"
        "Phone 2 - Label,Phone 2 - Value\nAnn,Lee,B Ltd,a@b.co,Work,02-1,Mobile,09-1\n"
    )
    (row,) = table(google, "contacts.csv")
    assert (row["姓名"], row["手機"], row["電話"]) == ("Ann Lee", "09-1", "02-1")
