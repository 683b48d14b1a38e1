"""What the choices that every firm begins with are called in each language (D-1).

A firm's item that is one of them keeps its Traditional name as its key until somebody renames it.
"""

from crm.text.folding import fold

_NAMES = """
潛在 | 潜在 | Prospect
意向 | 意向 | Interested
成交 | 成交 | Won
流失 | 流失 | Lost
轉介紹 | 转介绍 | Referral
網站 | 网站 | Website
電話開發 | 电话开发 | Cold call
展會 | 展会 | Trade fair
廣告 | 广告 | Advertisement
老客戶 | 老客户 | Existing customer
合作夥伴 | 合作伙伴 | Partner
其他 | 其他 | Other
終端客戶 | 终端客户 | End customer
經銷商 | 经销商 | Dealer
代理商 | 代理商 | Agent
製造業 | 制造业 | Manufacturing
電子與半導體 | 电子与半导体 | Electronics and semiconductors
資訊與通訊 | 信息与通信 | Information and communications
批發零售 | 批发零售 | Wholesale and retail
金融保險 | 金融保险 | Finance and insurance
建築與房地產 | 建筑与房地产 | Construction and real estate
交通運輸 | 交通运输 | Transport
食品餐飲 | 食品餐饮 | Food and catering
醫療保健 | 医疗保健 | Health care
教育 | 教育 | Education
政府與公用事業 | 政府与公用事业 | Government and utilities
其他服務業 | 其他服务业 | Other services
民營 | 民营 | Private
國有 | 国有 | State-owned
外資 | 外资 | Foreign-owned
合資 | 合资 | Joint venture
上市公司 | 上市公司 | Listed company
政府機關 | 政府机关 | Public authority
個人 | 个人 | Individual
10人以下 | 10人以下 | Fewer than 10 people
10-50人 | 10-50人 | 10–50 people
51-200人 | 51-200人 | 51–200 people
201-1000人 | 201-1000人 | 201–1000 people
1000人以上 | 1000人以上 | More than 1000 people
電話 | 电话 | Telephone
拜訪 | 拜访 | Visit
電子郵件 | 电子邮件 | Email
即時通訊 | 即时通讯 | Instant message
來訪 | 来访 | They visited us
初步接洽 | 初步接洽 | First contact
需求確認 | 需求确认 | Needs confirmed
方案報價 | 方案报价 | Proposal and quote
商務談判 | 商务谈判 | Negotiation
簽約 | 签约 | Signing
款到發貨 | 款到发货 | Payment before delivery
貨到付款 | 货到付款 | Cash on delivery
月結30天 | 月结30天 | 30 days
月結60天 | 月结60天 | 60 days
月結90天 | 月结90天 | 90 days
匯款 | 汇款 | Bank transfer
支票 | 支票 | Cheque
現金 | 现金 | Cash
信用卡 | 信用卡 | Credit card
個 | 个 | piece
件 | 件 | item
套 | 套 | set
台 | 台 | unit
箱 | 箱 | box
公斤 | 公斤 | kg
公尺 | 米 | m
次 | 次 | time
小時 | 小时 | hour
年 | 年 | year
台灣 | 台湾 | Taiwan
港澳 | 港澳 | Hong Kong and Macao
華北 | 华北 | North China
東北 | 东北 | Northeast China
華東 | 华东 | East China
華中 | 华中 | Central China
華南 | 华南 | South China
西南 | 西南 | Southwest China
西北 | 西北 | Northwest China
重要客戶 | 重要客户 | Key account
一般客戶 | 一般客户 | Regular customer
潛在客戶 | 潜在客户 | Potential customer
低價值客戶 | 低价值客户 | Low-value customer
"""
LANGUAGES = ("zh_Hant", "zh_Hans", "en")
BUILT_IN: dict[str, dict[str, str]] = {}
for _line in _NAMES.strip().splitlines():
    _names = [name.strip() for name in _line.split("|")]
    BUILT_IN[_names[0]] = dict(zip(LANGUAGES, _names, strict=True))


def name_in(language: str, key: str) -> str:
    """The name of a choice that comes with the program, by its key; the key itself of one that does not."""
    names = BUILT_IN.get(key)
    return names.get(language, key) if names is not None else key


def names_of(key: str | None) -> tuple[str, ...]:
    """Its names in all languages; nothing for an item that the firm named."""
    return tuple(dict.fromkeys(BUILT_IN[key].values())) if key in BUILT_IN else ()


def is_name_of(key: str | None, typed: str) -> bool:
    """Whether somebody who types this means it, in whichever language."""
    return any(fold(name) == fold(typed) for name in names_of(key))
