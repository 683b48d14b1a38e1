"""The pages of provinces and of cities, which differ in their fields alone (A-8)."""

from crm.web.place_pages.addresses import CITY_PAGES, PROVINCE_PAGES, blueprint_of

__all__ = ["CITY_PAGES", "PROVINCE_PAGES", "blueprint_of"]
