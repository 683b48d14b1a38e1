"""The values a new firm starts with, in Traditional Chinese; all can be changed on the pages."""

import crm.entities.registry  # noqa: F401  (kinds of record declare functions)
from crm.models import Permission, Scope
from crm.models.permissions import functions
from crm.models.roles import ADMINISTRATOR, RECEIPT_APPROVER, SALES_APPROVER, SALES_MANAGER, SALESPERSON


def _all(*functions: str, verbs: tuple[str, ...] = ("view", "save")) -> set[Permission]:
    return {p for p in Permission if p.function in functions and p.verb in verbs}


_GROUP = {f.key: f.group for f in functions()}
_REPORTS = tuple(f.key for f in functions() if f.group in ("customer_reports", "sales_reports"))

_SALESPERSON = (
    _all("schedule", "targets")
    | _all("customers", "contacts", "records", "opportunities", "quotes", "orders", "receipts")
    | _all("import_customers", "import_contacts")
    | _all("plan", "lookup", "receivables", "products", "pool", *_REPORTS, verbs=("view",))
    | {Permission.POOL_CLAIM}
    | _all("customers", "contacts", "records", "plan", verbs=("export",))
)
_MANAGER = (
    _SALESPERSON
    | {p for p in Permission if _GROUP[p.function] in ("customers", "sales", "products") and p.verb != "approve"}
    | _all(*_REPORTS, verbs=("view", "export", "cost"))
)

BUILT_IN_ROLES: tuple[tuple[str, dict[str, str], Scope, set[Permission]], ...] = (
    (
        ADMINISTRATOR,
        {"zh_Hant": "系統管理員", "zh_Hans": "系统管理员", "en": "Administrator"},
        Scope.EVERYTHING,
        {p for p in Permission if p.verb != "approve"},
    ),
    (
        SALES_MANAGER,
        {"zh_Hant": "銷售經理", "zh_Hans": "销售经理", "en": "Sales manager"},
        Scope.BELOW,
        _MANAGER,
    ),
    (SALESPERSON, {"zh_Hant": "業務員", "zh_Hans": "业务员", "en": "Salesperson"}, Scope.OWN, _SALESPERSON),
    (
        SALES_APPROVER,
        {"zh_Hant": "銷售審核", "zh_Hans": "销售审核", "en": "Sales approver"},
        Scope.EVERYTHING,
        {Permission.ORDERS_VIEW, Permission.ORDERS_APPROVE},
    ),
    (
        RECEIPT_APPROVER,
        {"zh_Hant": "收款審核", "zh_Hans": "收款审核", "en": "Receipt approver"},
        Scope.EVERYTHING,
        {
            Permission.RECEIPTS_VIEW,
            Permission.RECEIPTS_APPROVE,
            Permission.RECEIVABLES_VIEW,
            Permission.RECEIVABLES_APPROVE,
        },
    ),
)
"""(key, names, scope, permissions); `approve` membership alone is not enough, the verb is set too (A-5)."""

DICTIONARIES: dict[str, tuple[str | tuple[str, int], ...]] = {
    "customer_status": ("潛在", "意向", "成交", "流失"),
    "customer_source": ("轉介紹", "網站", "電話開發", "展會", "廣告", "老客戶", "合作夥伴", "其他"),
    "customer_category": ("終端客戶", "經銷商", "代理商", "合作夥伴", "其他"),
    "industry": (
        "製造業",
        "電子與半導體",
        "資訊與通訊",
        "批發零售",
        "金融保險",
        "建築與房地產",
        "交通運輸",
        "食品餐飲",
        "醫療保健",
        "教育",
        "政府與公用事業",
        "其他服務業",
    ),
    "enterprise_nature": ("民營", "國有", "外資", "合資", "上市公司", "政府機關", "個人"),
    "enterprise_size": ("10人以下", "10-50人", "51-200人", "201-1000人", "1000人以上"),
    "contact_method": ("電話", "拜訪", "電子郵件", "即時通訊", "來訪", "展會"),
    "opportunity_stage": (("初步接洽", 10), ("需求確認", 30), ("方案報價", 50), ("商務談判", 80), ("簽約", 100)),
    "payment_terms": (("款到發貨", 0), ("貨到付款", 0), ("月結30天", 30), ("月結60天", 60), ("月結90天", 90)),
    "payment_method": ("匯款", "支票", "現金", "信用卡", "其他"),
    "unit": ("個", "件", "套", "台", "箱", "公斤", "公尺", "次", "小時", "年"),
}
"""Dictionary → names, in order; a number beside a name is its percentage or its days."""

REGIONS = ("台灣", "港澳", "華北", "東北", "華東", "華中", "華南", "西南", "西北")

LEVELS = (("重要客戶", 3, "red"), ("一般客戶", 7, "blue"), ("潛在客戶", 14, "orange"), ("低價值客戶", 30, "gray"))

NUMBERING = {
    "customers": ("C", "none", 6, "never"),
    "contacts": ("P", "none", 6, "never"),
    "opportunities": ("OP", "month", 4, "monthly"),
    "quotes": ("QT", "day", 4, "daily"),
    "orders": ("SO", "day", 4, "daily"),
    "receipts": ("RC", "day", 4, "daily"),
    "products": ("G", "none", 5, "never"),
}
