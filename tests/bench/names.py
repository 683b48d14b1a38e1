"""Names made of syllables, so that two characters hit some dozens of customers, or a tenth of all."""

from random import Random

FIRST = (
    "晨禾鉅沐宏岱碩立昱群品泓勁旭松翰元豐采允力佳聿恆冠千沛詠奕"
    "嘉煦瀚尚振丰璟信德均錦宇景凱巨南東新合青大三光明正永長安泰和"
)
SECOND = (
    "曜川嵩森翊澄柏嶽沃岳億揚邑澔青苡砥晟昊芃築朋嶼洋宸勤日霖楷"
    "耘澤屹崧旻昀畝畦硯玥岑芮汎楨洺田成達隆興茂盛順發利源昌榮通"
)
TRADES = (
    "科技 科技 科技 科技 科技 實業 實業 實業 電子 電子 精密 精密 國際 國際 工業 工業 "
    "企業 貿易 貿易 建設 營造 食品 餐飲 生技 藥品 資訊 軟體 物流 紡織 塑膠 機械 五金 "
    "模具 包裝 印刷 文具 家電 光電 材料 化工 環保 能源 設計 顧問 保險 觀光 教育 出版 "
).split()
KINDS = ("有限公司", "有限公司", "股份有限公司", "企業有限公司", "實業股份有限公司")
SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周徐蘇葉莊呂江何蕭羅高簡朱鍾施游詹沈彭胡余盧潘顏柯翁魏方單區"
GIVEN = (
    "志偉建宏俊傑家豪冠宇承翰柏彥廷信文雄明德國棟政達士育誠昱啟銘錦榮世昌嘉修耀振淑芬美玲雅婷怡君佳穎欣詩涵宜蓁惠雯麗華"
)
SAID = (
    "電話聯絡，詢問近期需求 拜訪採購，送上型錄與報價 確認交期與付款條件 對方預算未定，下月再談 處理客訴並換貨".split()
)

RARE = FIRST[0] + SECOND[0]
"""Two characters that about thirty of 100,000 names begin with."""
FREQUENT = TRADES[0]
"""Two characters that about a tenth of the names contain."""


def company_name(random: Random) -> tuple[str, str]:
    """(name, short name)."""
    brand, trade = random.choice(FIRST) + random.choice(SECOND), random.choice(TRADES)
    return f"{brand}{trade}{random.choice(KINDS)}", brand + trade


def person_name(random: Random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN) + random.choice(GIVEN)
