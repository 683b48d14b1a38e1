"""Functions, verbs, permissions and scopes, written once (A-5).

`Permission` names every right; `FUNCTIONS` puts them in the menu's order. The menu, the grid of a role and the
decorators on the views are all made from these two.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from crm.i18n import N_


class Scope(IntEnum):
    """How far a right reaches; the widest counts where several apply."""

    OWN = 1
    DEPARTMENT = 2
    BELOW = 3
    EVERYTHING = 4


SCOPE_LABELS = {
    Scope.OWN: N_("Own"),
    Scope.DEPARTMENT: N_("Own department"),
    Scope.BELOW: N_("Department and below"),
    Scope.EVERYTHING: N_("Everything"),
}

VERB_LABELS = {
    "view": N_("View"),
    "save": N_("Save"),
    "approve": N_("Approve"),
    "assign": N_("Assign"),
    "claim": N_("Claim"),
    "export": N_("Export"),
    "cost": N_("Cost"),
    "restricted": N_("Restricted fields"),
}


class Permission(StrEnum):
    """A verb on a function, as `customers:view`; menu, grid and decorators are made from these."""

    SCHEDULE_VIEW = "schedule:view"
    SCHEDULE_SAVE = "schedule:save"
    TARGETS_VIEW = "targets:view"
    CUSTOMERS_VIEW = "customers:view"
    CUSTOMERS_SAVE = "customers:save"
    CUSTOMERS_ASSIGN = "customers:assign"
    CUSTOMERS_EXPORT = "customers:export"
    CUSTOMERS_RESTRICTED = "customers:restricted"
    POOL_VIEW = "pool:view"
    POOL_SAVE = "pool:save"
    POOL_ASSIGN = "pool:assign"
    POOL_CLAIM = "pool:claim"
    POOL_EXPORT = "pool:export"
    PLAN_VIEW = "plan:view"
    PLAN_EXPORT = "plan:export"
    CONTACTS_VIEW = "contacts:view"
    CONTACTS_SAVE = "contacts:save"
    CONTACTS_EXPORT = "contacts:export"
    CONTACTS_RESTRICTED = "contacts:restricted"
    RECORDS_VIEW = "records:view"
    RECORDS_SAVE = "records:save"
    RECORDS_EXPORT = "records:export"
    RECORDS_RESTRICTED = "records:restricted"
    LOOKUP_VIEW = "lookup:view"
    OPPORTUNITIES_VIEW = "opportunities:view"
    OPPORTUNITIES_SAVE = "opportunities:save"
    OPPORTUNITIES_EXPORT = "opportunities:export"
    OPPORTUNITIES_RESTRICTED = "opportunities:restricted"
    POLICY_VIEW = "policy:view"
    POLICY_SAVE = "policy:save"
    ORDERS_VIEW = "orders:view"
    ORDERS_SAVE = "orders:save"
    ORDERS_APPROVE = "orders:approve"
    ORDERS_EXPORT = "orders:export"
    ORDERS_RESTRICTED = "orders:restricted"
    RECEIPTS_VIEW = "receipts:view"
    RECEIPTS_SAVE = "receipts:save"
    RECEIPTS_APPROVE = "receipts:approve"
    RECEIPTS_EXPORT = "receipts:export"
    RECEIVABLES_VIEW = "receivables:view"
    RECEIVABLES_SAVE = "receivables:save"
    RECEIVABLES_APPROVE = "receivables:approve"
    RECEIVABLES_EXPORT = "receivables:export"
    QUOTES_VIEW = "quotes:view"
    QUOTES_SAVE = "quotes:save"
    QUOTES_EXPORT = "quotes:export"
    QUOTES_RESTRICTED = "quotes:restricted"
    TARGET_SETTING_VIEW = "target_setting:view"
    TARGET_SETTING_SAVE = "target_setting:save"
    TARGET_SETTING_EXPORT = "target_setting:export"
    CATEGORIES_VIEW = "categories:view"
    CATEGORIES_SAVE = "categories:save"
    PRODUCTS_VIEW = "products:view"
    PRODUCTS_SAVE = "products:save"
    PRODUCTS_EXPORT = "products:export"
    PRODUCTS_RESTRICTED = "products:restricted"
    PRODUCTS_COST = "products:cost"
    IMPORT_CUSTOMERS_VIEW = "import_customers:view"
    IMPORT_CUSTOMERS_SAVE = "import_customers:save"
    IMPORT_CONTACTS_VIEW = "import_contacts:view"
    IMPORT_CONTACTS_SAVE = "import_contacts:save"
    IMPORT_PRODUCTS_VIEW = "import_products:view"
    IMPORT_PRODUCTS_SAVE = "import_products:save"
    IMPORT_RECORDS_VIEW = "import_records:view"
    IMPORT_RECORDS_SAVE = "import_records:save"
    IMPORT_ORDERS_VIEW = "import_orders:view"
    IMPORT_ORDERS_SAVE = "import_orders:save"
    DICTIONARIES_VIEW = "dictionaries:view"
    DICTIONARIES_SAVE = "dictionaries:save"
    BACKUP_VIEW = "backup:view"
    BACKUP_SAVE = "backup:save"
    RESTORE_VIEW = "restore:view"
    RESTORE_SAVE = "restore:save"
    NUMBERING_VIEW = "numbering:view"
    NUMBERING_SAVE = "numbering:save"
    SETTINGS_VIEW = "settings:view"
    SETTINGS_SAVE = "settings:save"
    CUSTOMER_CLASSES_VIEW = "customer_classes:view"
    CUSTOMER_CLASSES_EXPORT = "customer_classes:export"
    CUSTOMER_GROWTH_VIEW = "customer_growth:view"
    CUSTOMER_GROWTH_EXPORT = "customer_growth:export"
    CUSTOMER_CONTRIBUTION_VIEW = "customer_contribution:view"
    CUSTOMER_CONTRIBUTION_EXPORT = "customer_contribution:export"
    CUSTOMER_LEVELS_VIEW = "customer_levels:view"
    CUSTOMER_LEVELS_EXPORT = "customer_levels:export"
    CUSTOMER_FOLLOW_UP_VIEW = "customer_follow_up:view"
    CUSTOMER_FOLLOW_UP_EXPORT = "customer_follow_up:export"
    SALES_DETAILS_VIEW = "sales_details:view"
    SALES_DETAILS_EXPORT = "sales_details:export"
    SALES_CLASSES_VIEW = "sales_classes:view"
    SALES_CLASSES_EXPORT = "sales_classes:export"
    SALES_TREND_VIEW = "sales_trend:view"
    SALES_TREND_EXPORT = "sales_trend:export"
    RECEIVABLES_SUMMARY_VIEW = "receivables_summary:view"
    RECEIVABLES_SUMMARY_EXPORT = "receivables_summary:export"
    SALES_PROFIT_VIEW = "sales_profit:view"
    SALES_PROFIT_EXPORT = "sales_profit:export"
    SALES_PROFIT_COST = "sales_profit:cost"
    PRODUCTS_SUMMARY_VIEW = "products_summary:view"
    PRODUCTS_SUMMARY_EXPORT = "products_summary:export"
    PRODUCTS_SUMMARY_COST = "products_summary:cost"
    SALES_DISTRIBUTION_VIEW = "sales_distribution:view"
    SALES_DISTRIBUTION_EXPORT = "sales_distribution:export"
    SALES_RANKING_VIEW = "sales_ranking:view"
    SALES_RANKING_EXPORT = "sales_ranking:export"
    ORGANISATION_VIEW = "organisation:view"
    ORGANISATION_SAVE = "organisation:save"
    ORGANISATION_EXPORT = "organisation:export"
    ROLES_VIEW = "roles:view"
    ROLES_SAVE = "roles:save"
    GRANTS_VIEW = "grants:view"
    GRANTS_SAVE = "grants:save"
    PROVINCES_VIEW = "provinces:view"
    PROVINCES_SAVE = "provinces:save"
    CITIES_VIEW = "cities:view"
    CITIES_SAVE = "cities:save"
    LOGS_VIEW = "logs:view"
    LOGS_EXPORT = "logs:export"
    PRINTS_VIEW = "prints:view"
    PRINTS_SAVE = "prints:save"
    JOBS_VIEW = "jobs:view"
    JOBS_SAVE = "jobs:save"
    BIN_VIEW = "bin:view"
    BIN_SAVE = "bin:save"
    SYSTEM_STATUS_VIEW = "system_status:view"

    @property
    def function(self) -> str:
        return self.value.split(":")[0]

    @property
    def verb(self) -> str:
        return self.value.split(":")[1]


class DeclaredPermission(str):
    """The right that comes with a kind of record which declares itself (`crm.entities`), as `visits:view`."""

    __slots__ = ()

    @property
    def value(self) -> str:
        return str(self)

    @property
    def function(self) -> str:
        return self.split(":")[0]

    @property
    def verb(self) -> str:
        return self.split(":")[1]


Right = Permission | DeclaredPermission
_BY_VALUE = {permission.value: permission for permission in Permission}


def right(value: str) -> Right:
    """The right of that value: one of the program's own, or one that comes with a declared kind."""
    return _BY_VALUE.get(value) or DeclaredPermission(value)


@dataclass(frozen=True)
class Function:
    """An entry of the menu with the rights that a role can hold on it; without rights it is everybody's."""

    key: str
    label: str
    group: str
    declared: tuple[str, ...] = ()
    """The verbs of a kind of record that declares itself."""
    shown_with: tuple[str, ...] = ()
    """The groups of which one must have something to show; an entry without rights is else everybody's."""

    @property
    def rights(self) -> tuple[Right, ...]:
        own = tuple(p for p in Permission if p.function == self.key)
        return own or tuple(right(f"{self.key}:{verb}") for verb in self.declared)

    @property
    def verbs(self) -> tuple[str, ...]:
        return tuple(permission.verb for permission in self.rights)


GROUPS = {
    "home": N_("My home page"),
    "office": N_("My office"),
    "customers": N_("Customer management"),
    "sales": N_("Sales management"),
    "products": N_("Product management"),
    "imports": N_("Data import"),
    "configuration": N_("System configuration"),
    "reports": N_("Reports and analysis"),
    "customer_reports": N_("Customer reports"),
    "sales_reports": N_("Sales reports"),
    "administration": N_("System administration"),
}

_FUNCTIONS: tuple[Function, ...] = (
    Function("password", N_("Change password"), "office"),
    Function("schedule", N_("Schedule"), "office"),
    Function("targets", N_("Sales targets"), "office"),
    Function("customers", N_("My customers"), "customers"),
    Function("pool", N_("Customer pool"), "customers"),
    Function("plan", N_("Contact plan"), "customers"),
    Function("contacts", N_("Contacts"), "customers"),
    Function("records", N_("Contact records"), "customers"),
    Function("lookup", N_("Public search"), "customers"),
    Function("opportunities", N_("Opportunities"), "customers"),
    Function("policy", N_("Customer policy"), "customers"),
    Function("orders", N_("Sales orders"), "sales"),
    Function("receipts", N_("Receipts"), "sales"),
    Function("receivables", N_("Receivables"), "sales"),
    Function("quotes", N_("Quotes"), "sales"),
    Function("target_setting", N_("Sales target management"), "sales"),
    Function("categories", N_("Product categories"), "products"),
    Function("products", N_("Products"), "products"),
    Function("import_customers", N_("Import customers"), "imports"),
    Function("import_contacts", N_("Import contacts"), "imports"),
    Function("import_products", N_("Import products"), "imports"),
    Function("import_records", N_("Import contact records"), "imports"),
    Function("import_orders", N_("Import past orders"), "imports"),
    Function("dictionaries", N_("Dictionaries"), "configuration"),
    Function("backup", N_("Data backup"), "configuration"),
    Function("restore", N_("Data restore"), "configuration"),
    Function("numbering", N_("Numbering rules"), "configuration"),
    Function("settings", N_("System settings"), "configuration"),
    Function("my_reports", N_("My reports"), "reports", shown_with=("customer_reports", "sales_reports")),
    Function("customer_classes", N_("Customer classes report"), "customer_reports"),
    Function("customer_growth", N_("Customer growth report"), "customer_reports"),
    Function("customer_contribution", N_("Customer contribution report"), "customer_reports"),
    Function("customer_levels", N_("Customer level report"), "customer_reports"),
    Function("customer_follow_up", N_("Customer follow-up report"), "customer_reports"),
    Function("sales_details", N_("Sales details report"), "sales_reports"),
    Function("sales_classes", N_("Sales classes report"), "sales_reports"),
    Function("sales_trend", N_("Sales trend report"), "sales_reports"),
    Function("receivables_summary", N_("Receivables summary report"), "sales_reports"),
    Function("sales_profit", N_("Sales profit report"), "sales_reports"),
    Function("products_summary", N_("Products summary report"), "sales_reports"),
    Function("sales_distribution", N_("Sales distribution report"), "sales_reports"),
    Function("sales_ranking", N_("Sales ranking report"), "sales_reports"),
    Function("organisation", N_("Organisation"), "administration"),
    Function("roles", N_("Roles and permissions"), "administration"),
    Function("grants", N_("Personal permissions"), "administration"),
    Function("provinces", N_("Provinces"), "administration"),
    Function("cities", N_("Cities"), "administration"),
    Function("logs", N_("Logs"), "administration"),
    Function("prints", N_("Print templates"), "administration"),
    Function("jobs", N_("Scheduled jobs"), "administration"),
    Function("bin", N_("Recycle bin"), "administration"),
    Function("system_status", N_("System status"), "administration"),
)

_declared: dict[str, Function] = {}


def declare_function(function: Function) -> None:
    """Add the entry of a kind of record that declares itself."""
    _declared[function.key] = function


def withdraw_function(key: str) -> None:
    _declared.pop(key, None)


def functions() -> tuple[Function, ...]:
    """All functions; a declared one stands at the end of its group when the groups are shown."""
    return (*_FUNCTIONS, *_declared.values())


def function_of(key: str) -> Function:
    """Raises KeyError for a function that nobody declares."""
    return {function.key: function for function in functions()}[key]


def every_right() -> list[Right]:
    """Everything that can be granted, in the order of the menu's declaration."""
    return [*Permission, *(permission for function in _declared.values() for permission in function.rights)]
