"""What people call the fields in their files, beside the fields' own labels: for guessing which column is which (I-9).

One word or several without blanks each; both scripts are one, and so are large and small letters.
"""

CUSTOMER_CODES = (
    "客戶編碼 客戶編號 客戶代號 客戶代碼 公司編號 公司代號 customercode customerno customernumber customerid"
)
"""The customer's code, in files of whatever belongs to one."""
SYNONYMS: dict[str, dict[str, str]] = {
    "customers": {
        "name": "客戶 公司 公司名稱 公司全名 公司全稱 名稱 全稱 廠商 廠商名稱 單位名稱 企業名稱 客戶全稱 客戶公司 店名 "
        "商家 抬頭 公司抬頭 發票抬頭 買受人 行號 公司行號 客戶抬頭 廠商全名 客戶全名 "
        "company companyname customer customername firm account accountname name",
        "short_name": "簡稱 客戶簡稱 公司簡稱 shortname",
        "code": "客戶編號 編號 代號 客戶代號 客戶代碼 代碼 code customercode customerno customerid",
        "tax_number": "統編 營利事業統一編號 公司統編 稅號 納稅人識別號 統一社會信用代碼 信用代碼 taxid taxno vatno",
        "legal_representative": "負責人 代表人 法定代表人 法人 負責人姓名 representative",
        "founded_on": "設立日期 創立日期 成立時間 設立日 founded",
        "level_id": "等級 級別 客戶級別 level grade",
        "status_id": "狀態 客戶狀況 status",
        "source_id": "來源 資料來源 客戶來源 source leadsource",
        "category_id": "分類 類別 客戶類別 客戶類型 類型 category type",
        "industry_id": "產業 產業別 行業別 所屬行業 industry",
        "nature_id": "性質 公司性質 單位性質",
        "size_id": "公司規模 人員規模 員工人數 size",
        "province_id": "省 省市 省份 所在省份 province state",
        "city_id": "市 縣市 所在城市 city",
        "district": "區 鄉鎮市區 區縣 district",
        "address": "公司地址 住址 通訊地址 聯絡地址 聯繫地址 營業地址 street",
        "postcode": "郵遞區號 郵政編碼 區號 zip zipcode postalcode",
        "phone": "公司電話 總機電話 總機 聯絡電話 聯繫電話 電話號碼 市話 座機 固定電話 tel phone telephone",
        "fax": "傳真號碼 傳真機號碼 fax",
        "email": "電郵 郵箱 信箱 電子信箱 電子郵箱 電子郵件信箱 email mail",
        "website": "網站 公司網址 官網 主頁 homepage website url web",
        "main_contact": "聯絡人 聯繫人 聯系人 連絡人 聯絡人姓名 主要聯絡人 主要聯繫人 窗口 姓名 contact contactperson",
        "main_mobile": "手機 行動電話 手機號碼 手機號 聯絡人手機 行動 mobile cell cellphone",
        "main_job_title": "職務 職稱 職位 聯絡人職稱 title jobtitle position",
        "bank": "開戶銀行 銀行 往來銀行 bank",
        "bank_account": "帳號 銀行賬號 銀行帳戶 賬號 account",
        "payment_terms_id": "付款方式 收款條件 帳期 paymentterms",
        "owner_id": "負責業務 業務 業務員 業務人員 銷售員 銷售人員 負責人員 owner salesperson sales",
        "credit_limit": "額度 信用額 信貸額度 creditlimit",
        "notes": "說明 附註 備考 註記 remark remarks memo comment",
    },
    "contacts": {
        "customer_id": "客戶 公司 公司名稱 所屬公司 所屬客戶 單位 單位名稱 廠商 company companyname customer account "
        "firm organization organizationname organization1-name 組織 組織名稱",
        "name": "名字 聯絡人 聯繫人 聯系人 連絡人 聯絡人姓名 聯繫人姓名 人員姓名 name contact contactname",
        "gender": "稱謂 gender sex",
        "department": "部門名稱 單位部門 dept department organizationdepartment organization1-department",
        "job_title": "職稱 職位 頭銜 title position jobtitle organizationtitle organization1-title",
        "is_main": "主要 主要聯絡人 主聯繫人 main primary",
        "mobile": "行動電話 手機號碼 手機號 行動 移動電話 mobile cell cellphone mobilephone",
        "phone": "公司電話 聯絡電話 聯繫電話 電話號碼 座機 市話 商務電話 tel telephone phone "
        "businessphone companymainphone",
        "email": "電郵 郵箱 信箱 電子信箱 電子郵箱 電子郵件地址 email mail emailaddress e-mail email1value",
        "wechat": "微信號 wechat weixin",
        "line": "lineid line帳號",
        "qq": "qq號 qq號碼",
        "birthday": "出生日期 生日日期 dob birthdate",
        "address": "住址 通訊地址 聯絡地址 商務街 商務街道 商務地址 businessstreet businessaddress address1-formatted",
        "notes": "說明 附註 remark remarks memo",
    },
    "products": {
        "name": "品名 產品名稱 產品 商品 名稱 貨品名稱 物料名稱 product productname item itemname name",
        "code": "料號 品號 貨號 商品編號 產品編號 產品編碼 編號 編碼 sku code itemno partno",
        "category_id": "商品類別 分類 產品類別 品類 category",
        "kind": "商品類型 產品類型 type",
        "specification": "規格 型號 尺寸 spec specification model",
        "unit_id": "計量單位 單位名稱 unit uom",
        "price": "單價 售價 價格 定價 銷售價 建議售價 price unitprice listprice",
        "cost": "成本 進價 進貨價 採購價 cost",
        "floor_price": "最低價 底價 最低價格 floorprice",
        "state": "商品狀態 產品狀態 status",
        "notes": "說明 附註 remark remarks memo",
    },
    "records": {
        "customer_id": "客戶 公司 公司名稱 客戶公司 company customer account",
        "contact_id": "聯絡人 聯繫人 窗口 contact contactperson",
        "contacted_at": "時間 日期 聯絡時間 聯絡日期 聯繫日期 拜訪時間 拜訪日期 跟進時間 跟進日期 time date",
        "method_id": "方式 聯絡方式 跟進方式 拜訪方式 method",
        "content": "內容 聯絡內容 拜訪內容 跟進內容 溝通內容 記錄 摘要 說明 備註 content text notes "
        "subject description",
        "created_by_id": "人員 業務 業務人員 銷售員 銷售人員 銷售代表 負責業務 負責人 跟進人 跟進人員 聯絡人員 "
        "聯繫人員 拜訪人 拜訪人員 記錄人 記錄人員 記錄者 填寫人 經辦人 經手人 創建人 建立者 員工 "
        "owner recordowner salesperson salesrep sales rep representative user person employee staff "
        "contactedby recordedby createdby author agent",
        "next_plan": "下次計劃 下一步 後續 next nextstep",
    },
    "orders": {
        "code": "單號 訂單號 訂單號碼 訂單編號 銷售單號 單據編號 編號 orderno ordernumber order invoiceno no",
        "customer_id": "客戶 公司 公司名稱 買方 購買方 company customer account",
        "ordered_on": "日期 下單日期 訂購日期 銷售日期 單據日期 date orderdate",
        "owner_id": "人員 業務 業務人員 銷售員 銷售人員 銷售代表 負責業務 負責人 負責人員 經辦人 經手人 承辦人 "
        "所屬人 員工 owner orderowner salesperson salesrep sales rep representative person employee staff soldby",
        "title": "主題 標題 訂單標題 title subject",
        "contract_number": "合約號 合約編號 合同編號 contract contractno",
        "line_product": "商品 產品 品名 貨品 商品名稱 產品名稱 料號 品號 商品編碼 商品編號 product item sku",
        "line_quantity": "數量 件數 qty quantity",
        "line_price": "單價 售價 價格 銷售單價 price unitprice",
        "line_discount": "折扣 折數 折扣率 discount",
        "line_tax_rate": "稅率 tax taxrate vat",
        "line_notes": "明細備註 行備註",
        "discount_amount": "優惠 折讓 折讓金額",
        "paid_amount": "已收 已收款 已收金額 已收帳款 實收 實收金額 收款 收款金額 已付 已付款 已付金額 paid received "
        "paidamount amountpaid amountreceived payment",
        "paid_on": "收款日 收款日期 付款日 付款日期 入帳日期 結清日期 paidon paymentdate datepaid receiveddate",
        "deliver_on": "交貨日期 交期 deliverydate",
        "due_on": "付款期限 應收日期 duedate",
        "notes": "備註 說明 remark remarks memo notes",
    },
}
