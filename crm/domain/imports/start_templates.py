"""The templates that a firm begins with, so that a newcomer can import at once (I-1)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.i18n import LANGUAGES, N_, say
from crm.models import ImportColumn, ImportTemplate
from crm.text import fold, simplify

NAMES = {
    "customers": "客戶資料（默認）",
    "contacts": "聯繫人資料（默認）",
    "products": "商品資料（默認）",
    "records": "聯繫記錄（默認）",
    "orders": "歷史訂單（默認）",
}
READ_NAMES = {
    "customers": N_("Customers (default)"),
    "contacts": N_("Contacts (default)"),
    "products": N_("Products (default)"),
    "records": N_("Contact records (default)"),
    "orders": N_("Past orders (default)"),
}
"""The name that readers see, each in their language, until somebody renames the template."""


def name_in(template: ImportTemplate, language: str) -> str:
    """The template's name for a reader: of a built-in one in their language, unless the firm renamed it."""
    return say(language, READ_NAMES[template.kind]) if _keeps_first_name(template) else template.name


def is_name_of(template: ImportTemplate, typed: str) -> bool:
    """Whether somebody who types this means the built-in template, in whichever language."""
    return _keeps_first_name(template) and fold(typed) in {fold(name_in(template, language)) for language in LANGUAGES}


def _keeps_first_name(template: ImportTemplate) -> bool:
    first = NAMES.get(template.kind, "")
    return template.created_by_id is None and bool(first) and template.name in (first, simplify(first))


HEADINGS: dict[str, dict[str, str]] = {
    "customers": {
        "name": "客戶名稱",
        "short_name": "簡稱",
        "code": "客戶編碼",
        "tax_number": "統一編號",
        "legal_representative": "法人代表",
        "founded_on": "成立日期",
        "level_id": "客戶等級",
        "status_id": "客戶狀態",
        "source_id": "客戶來源",
        "category_id": "客戶分類",
        "industry_id": "行業",
        "nature_id": "企業性質",
        "size_id": "規模",
        "province_id": "省份",
        "city_id": "城市",
        "district": "縣區",
        "address": "地址",
        "postcode": "郵編",
        "phone": "電話",
        "fax": "傳真",
        "email": "電子郵件",
        "website": "網址",
        "main_contact": "聯繫人姓名",
        "main_mobile": "聯繫人手機",
        "main_job_title": "聯繫人職務",
        "bank": "開戶行",
        "bank_account": "銀行帳號",
        "payment_terms_id": "付款條件",
        "owner_id": "所屬人",
        "next_contact_at": "下次聯繫時間",
        "notes": "備註",
    },
    "contacts": {
        "customer_id": "客戶名稱",
        "customer_code": "客戶編碼",
        "name": "姓名",
        "gender": "性別",
        "department": "部門",
        "job_title": "職務",
        "is_main": "主要聯繫人",
        "mobile": "手機",
        "phone": "電話",
        "email": "電子郵件",
        "wechat": "微信",
        "line": "LINE",
        "qq": "QQ",
        "birthday": "生日",
        "address": "地址",
        "notes": "備註",
    },
    "products": {
        "name": "商品名稱",
        "code": "商品編碼",
        "category_id": "類別",
        "kind": "類型",
        "specification": "規格型號",
        "unit_id": "單位",
        "price": "銷售單價",
        "cost": "成本價",
        "floor_price": "最低售價",
        "state": "狀態",
        "notes": "備註",
    },
    "records": {
        "customer_id": "客戶名稱",
        "customer_code": "客戶編碼",
        "contacted_at": "聯繫時間",
        "content": "聯繫內容",
        "created_by_id": "業務員",
        "contact_id": "聯繫人",
        "method_id": "聯繫方式",
        "next_plan": "下次聯繫計劃",
    },
    "orders": {
        "code": "訂單編號",
        "customer_id": "客戶名稱",
        "customer_code": "客戶編碼",
        "ordered_on": "訂單日期",
        "owner_id": "業務員",
        "title": "訂單主題",
        "contract_number": "合同號",
        "tax_mode": "計稅方式",
        "line_product": "商品",
        "line_quantity": "數量",
        "line_price": "單價",
        "line_discount": "折扣%",
        "line_tax_rate": "稅率%",
        "line_notes": "明細備註",
        "discount_amount": "優惠金額",
        "paid_amount": "已收款",
        "paid_on": "收款日期",
        "due_on": "到期日",
        "notes": "備註",
    },
}


def seed_import_templates(session: Session, script: Callable[[str], str], now: datetime) -> None:
    """A template with all usual fields for each kind that never had one; `script` puts texts into the firm's script."""
    known = set(session.scalars(select(ImportTemplate.kind).distinct()))
    for kind, headings in HEADINGS.items():
        if kind in known:
            continue
        columns = [
            ImportColumn(position=number, field=key, heading=script(heading))
            for number, (key, heading) in enumerate(headings.items())
        ]
        session.add(
            ImportTemplate(kind=kind, name=script(NAMES[kind]), columns=columns, created_at=now, updated_at=now)
        )
    session.flush()


EXAMPLES: dict[str, dict[str, str]] = {
    "customers": {
        "name": "大安貿易股份有限公司",
        "short_name": "大安貿易",
        "tax_number": "01234567",
        "founded_on": "1998-05-20",
        "province_id": "台灣",
        "city_id": "台北市",
        "address": "台北市大安區和平東路一段1號",
        "phone": "02-2345-6789",
        "email": "service@example.com",
        "website": "https://www.example.com",
        "main_contact": "林小芬",
        "main_mobile": "0912-345-678",
        "main_job_title": "採購經理",
    },
    "contacts": {
        "customer_id": "大安貿易股份有限公司",
        "name": "林小芬",
        "job_title": "採購經理",
        "mobile": "0912-345-678",
        "email": "lin@example.com",
        "birthday": "1985-03-12",
    },
    "products": {
        "name": "A4影印紙",
        "category_id": "紙品",
        "specification": "70克 500張",
        "price": "85",
        "notes": "每箱10包",
    },
    "records": {
        "customer_id": "大安貿易股份有限公司",
        "contacted_at": "2025-03-12 14:30",
        "content": "來電詢問影印紙報價",
        "contact_id": "林小芬",
    },
    "orders": {
        "code": "A-2025-0001",
        "customer_id": "大安貿易股份有限公司",
        "ordered_on": "2025-03-20",
        "line_product": "A4影印紙",
        "line_quantity": "20",
        "line_price": "85",
        "paid_amount": "1700",
        "paid_on": "2025-04-30",
    },
}
"""The example row of a template to fill in; import passes over it."""
