"""城市管理 (A-8)."""

from crm.web.place_pages import CITY_PAGES, blueprint_of

blueprint = blueprint_of(CITY_PAGES)
