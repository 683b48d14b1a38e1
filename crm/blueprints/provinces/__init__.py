"""省份管理 (A-8)."""

from crm.web.place_pages import PROVINCE_PAGES, blueprint_of

blueprint = blueprint_of(PROVINCE_PAGES)
