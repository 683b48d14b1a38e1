"""A firm brings its customers along: a template, a file, the check, and the import (I-1 to I-5)."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from .person import Person
from .plug import PASSWORD

ZONE = ZoneInfo("Asia/Taipei")
SMALL = """客戶清單,,,
公司,電話,聯絡人,等級
昌隆貿易有限公司,(02)2345-6789,林小芬,重要客戶
,04-2222-3333,沒有名稱,
大新五金行,07-3333444 分機 12,,不明的等級
"""
LISTED = {
    "客戶名稱": "公司名稱",
    "簡稱": "公司簡稱",
    "統一編號": "營利事業統一編號",
    "地址": "住址",
    "電話": "總機電話",
    "網址": "網址",
    "聯繫人姓名": "董事長",
}
TSMC = "台灣積體電路製造股份有限公司"


class ThreeDaysLater(datetime):
    """The clock of the requests three days on."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + timedelta(days=3)


def make_template(person: Person, name: str, columns: dict[str, str]) -> None:
    """【新增】 a template with a line for each field (I-1)."""
    person.open_menu("導入客戶")
    person.follow("模版選擇")
    person.follow("新增")
    person.fill("模版名稱", name)
    for number, (field, heading) in enumerate(columns.items(), 1):
        if person.page.locator(f"#field-{number}").count() == 0:
            person.press("新增")
        person.choose(f"數據屬性字段 {number}", field)
        person.fill(f"模版標題 {number}", heading)
    person.press("保存")
    person.sees(name)


def send(person: Person, template: str, name: str, content: bytes) -> None:
    """【選擇模版】, the file, 【導入】: afterwards the check stands there (I-3)."""
    person.open_menu("導入客戶")
    person.follow("模版選擇")
    person.page.get_by_label(template, exact=True).check()
    person.press("選擇模版")
    person.upload("文件", {"name": name, "mimeType": "text/csv", "buffer": content})
    person.press("導入")
    person.page.get_by_role("link", name="開始導入", exact=True).wait_for(timeout=60_000)
    person.sees("這只是檢查")


def begin(person: Person) -> None:
    """【開始導入】, and 【是】: the database is to be changed."""
    person.follow("開始導入")
    person.press("是")
    person.page.get_by_text("導入成功").wait_for(timeout=60_000)
    person.sees("導入成功")


@pytest.mark.own_firm
def test_a_small_file_with_a_wrong_row(enter: Callable[[str], Person]) -> None:
    """Wrong rows are named with their reasons; the choices can be changed without sending the file again, and the good
    rows come in, with the contact beside the customer."""
    admin = enter("admin")
    columns = {"客戶名稱": "公司", "電話": "電話", "聯繫人姓名": "聯絡人", "客戶等級": "等級"}
    make_template(admin, "舊系統", columns)
    send(admin, "舊系統", "客戶.csv", SMALL.encode("big5"))
    wrong = admin.part("錯誤列")
    admin.sees("公司", within=wrong)
    admin.sees("4", within=wrong)
    admin.sees("不明的等級", within=wrong)
    admin.choose("字典無此項時", "新增到字典")
    admin.press("重新檢查")
    admin.sees("以下內容將新增到字典")
    admin.screenshot("check")
    begin(admin)
    admin.open_menu("客戶拜訪")
    admin.sees("昌隆貿易有限公司", within=admin.page.locator("table"))
    admin.sees("大新五金行", within=admin.page.locator("table"))
    admin.follow("昌隆貿易有限公司")
    admin.sees("林小芬", within=admin.part("主聯繫人"))
    admin.open_menu("導入客戶")
    admin.sees("客戶.csv", within=admin.part("導入記錄"))


@pytest.mark.own_firm
def test_the_listed_companies_and_a_visit(
    enter: Callable[[str], Person],
    someone: Callable[[], Person],
    shared_data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """1,036 companies come in, one is found in three ways, and three days after a visit it is to be contacted."""
    admin = enter("admin")
    make_template(admin, "上市公司", LISTED)
    send(admin, "上市公司", "上市公司.csv", (shared_data / "twse-listed-companies.csv").read_bytes())
    begin(admin)
    for typed in ("tjd", "台积电", "5636"):
        admin.open_menu("客戶拜訪")
        admin.fill("快速搜索", typed)
        admin.press("搜索")
        admin.sees(TSMC, within=admin.page.locator("table"))
    admin.follow(TSMC)
    admin.follow("聯繫記錄", within=admin.part("客戶資料"))
    admin.follow("新增")
    admin.choose("聯繫方式", "拜訪")
    admin.fill("聯繫內容", "談了明年的需求")
    admin.choose("客戶等級", "重要客戶")
    admin.fill("下次聯繫計劃", "帶樣品")
    admin.tick("加入日程")
    admin.press("保存")
    admin.sees("聯繫記錄已保存。")
    due = datetime.now(ZONE) + timedelta(days=3)
    admin.open_menu("聯繫客戶計劃")
    admin.sees(f"{due:%m-%d} 09:00", within=admin.row(TSMC))
    monkeypatch.setattr("crm.web.request_clock.datetime", ThreeDaysLater)
    admin = someone()
    admin.sign_in("admin", PASSWORD)
    admin.sees(TSMC, within=admin.page.locator("#panel-due"))
    admin.open_menu("聯繫客戶計劃")
    admin.sees(f"{due:%m-%d} 09:00", within=admin.row(TSMC))
    admin.open_menu("日程管理")
    admin.sees(TSMC)


@pytest.mark.own_firm
@pytest.mark.also("nojs")
def test_the_file_alone(enter: Callable[[str], Person]) -> None:
    """File first: most columns are recognised, one is said by hand, and the choice is kept for the next time (I-9)."""
    admin = enter("admin")
    admin.open_menu("導入客戶")
    admin.upload("文件", {"name": "客戶.csv", "mimeType": "text/csv", "buffer": SMALL.encode("big5")})
    admin.press("導入")
    admin.page.get_by_label("另存為模版", exact=True).wait_for(timeout=60_000)
    admin.finds("公司", "name")
    admin.finds("聯絡人", "main_contact")
    admin.choose("等級", "不導入")
    admin.fill("另存為模版", "舊系統")
    admin.screenshot("file-first")
    admin.press("導入")
    admin.page.get_by_role("link", name="開始導入", exact=True).wait_for(timeout=60_000)
    begin(admin)
    admin.open_menu("客戶拜訪")
    admin.sees("大新五金行", within=admin.page.locator("table"))
    admin.open_menu("導入客戶")
    admin.follow("模版選擇")
    admin.sees("舊系統")
