"""Tables, relations and scopes; one idea a file, no Flask."""

from crm.models.approval_rules import ApprovalRequirement, ApprovalRule, StandIn
from crm.models.attachments import Attachment, StoredFile
from crm.models.base import Base
from crm.models.configuration import (
    City,
    CustomerLevel,
    CustomField,
    DictionaryItem,
    FirmLogo,
    NumberingCounter,
    NumberingRule,
    Province,
    Setting,
)
from crm.models.contacts import Contact, ContactRecord
from crm.models.customers import Customer, CustomerEvent
from crm.models.deletions import Deletion
from crm.models.documents import WorkflowEvent
from crm.models.imports import ImportColumn, ImportRun, ImportTemplate, ImportWrite
from crm.models.jobs import JobRun, LongTask
from crm.models.lists import ListColumns, SavedSearch
from crm.models.logs import LogSeal, OperationLog
from crm.models.mail import Bulletin, MailMessage
from crm.models.merges import FormerNumber, Merge, NoDuplicate
from crm.models.notices import Notice
from crm.models.opportunities import Opportunity, StageEvent
from crm.models.orders import Order, OrderLine
from crm.models.organisation import OrgUnit, User
from crm.models.password_links import PasswordLink
from crm.models.permissions import Permission, Scope
from crm.models.prints import PrintTemplate, PrintTemplateVersion
from crm.models.products import Product, ProductCategory
from crm.models.quotes import Quote, QuoteLine
from crm.models.receipts import Receipt, ReceiptLine
from crm.models.reports import ReportReceiver, SavedReport
from crm.models.rights import Rights, rights_of
from crm.models.roles import PersonalGrant, Role, RoleGrant, RoleMember
from crm.models.schedule import CalendarAddress, ScheduleItem, ScheduleParticipant, ScheduleSeries
from crm.models.second_factor import RecoveryCode, SecondFactor
from crm.models.sessions import LoginSession, SentForm, SystemLog, UsedNonce
from crm.models.targets import SalesTarget, TargetMonth

__all__ = [
    "ApprovalRequirement",
    "ApprovalRule",
    "Attachment",
    "Base",
    "Bulletin",
    "CalendarAddress",
    "City",
    "Contact",
    "ContactRecord",
    "CustomField",
    "Customer",
    "CustomerEvent",
    "CustomerLevel",
    "Deletion",
    "DictionaryItem",
    "FirmLogo",
    "FormerNumber",
    "ImportColumn",
    "ImportRun",
    "ImportTemplate",
    "ImportWrite",
    "JobRun",
    "ListColumns",
    "LogSeal",
    "LoginSession",
    "LongTask",
    "MailMessage",
    "Merge",
    "NoDuplicate",
    "Notice",
    "NumberingCounter",
    "NumberingRule",
    "OperationLog",
    "Opportunity",
    "Order",
    "OrderLine",
    "OrgUnit",
    "PasswordLink",
    "Permission",
    "PersonalGrant",
    "PrintTemplate",
    "PrintTemplateVersion",
    "Product",
    "ProductCategory",
    "Province",
    "Quote",
    "QuoteLine",
    "Receipt",
    "ReceiptLine",
    "RecoveryCode",
    "ReportReceiver",
    "Rights",
    "Role",
    "RoleGrant",
    "RoleMember",
    "SalesTarget",
    "SavedReport",
    "SavedSearch",
    "ScheduleItem",
    "ScheduleParticipant",
    "ScheduleSeries",
    "Scope",
    "SecondFactor",
    "SentForm",
    "Setting",
    "StageEvent",
    "StandIn",
    "StoredFile",
    "SystemLog",
    "TargetMonth",
    "UsedNonce",
    "User",
    "WorkflowEvent",
    "rights_of",
]
