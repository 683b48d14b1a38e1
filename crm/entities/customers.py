"""The fields of a customer (C-1)."""

from crm.entities.entity import Entity, Field, PrintLayout, SearchFields
from crm.entities.keys import customer_keys
from crm.entities.printing import TEXT, printed_fields
from crm.fields import (
    Amount,
    CityChoice,
    Code,
    Day,
    DictionaryChoice,
    Email,
    Integer,
    LevelChoice,
    LongText,
    MomentType,
    PersonChoice,
    Phone,
    ProvinceChoice,
    Text,
    Website,
)
from crm.i18n import N_
from crm.models import Customer

BASICS, CLASSES, PLACE, MONEY, CONTACT, OTHER = (
    N_("Basic information"),
    N_("Classification"),
    N_("Location and communication"),
    N_("Bank and terms"),
    N_("Main contact"),
    N_("Follow-up"),
)

CUSTOMER = Entity(
    "customers",
    N_("Customer"),
    Customer,
    (
        Field("name", N_("Customer name"), Text(200), required=True, group=BASICS),
        Field("short_name", N_("Short name"), Text(100), group=BASICS),
        Field("code", N_("Customer code"), Code(), group=BASICS, help=N_("Leave empty to number automatically.")),
        Field(
            "pinyin",
            N_("Pinyin code"),
            Text(60),
            group=BASICS,
            help=N_("Generated from the name; correct it if needed."),
        ),
        Field("tax_number", N_("Tax number"), Text(40), group=BASICS),
        Field("legal_representative", N_("Legal representative"), Text(60), group=BASICS),
        Field("founded_on", N_("Founded on"), Day(), group=BASICS, past=True),
        Field("registered_on", N_("Registered on"), Day(), group=BASICS, past=True),
        Field("level_id", N_("Customer level"), LevelChoice(), group=CLASSES),
        Field("status_id", N_("Customer status"), DictionaryChoice(dictionary="customer_status"), group=CLASSES),
        Field("source_id", N_("Customer source"), DictionaryChoice(dictionary="customer_source"), group=CLASSES),
        Field("category_id", N_("Customer category"), DictionaryChoice(dictionary="customer_category"), group=CLASSES),
        Field("industry_id", N_("Industry"), DictionaryChoice(dictionary="industry"), group=CLASSES),
        Field("nature_id", N_("Company type"), DictionaryChoice(dictionary="enterprise_nature"), group=CLASSES),
        Field("size_id", N_("Size"), DictionaryChoice(dictionary="enterprise_size"), group=CLASSES),
        Field("province_id", N_("Province"), ProvinceChoice(), group=PLACE),
        Field("city_id", N_("City"), CityChoice(), group=PLACE),
        Field("region_id", N_("Region"), DictionaryChoice(dictionary="region"), group=PLACE),
        Field("district", N_("District"), Text(60), group=PLACE),
        Field("address", N_("Address"), Text(300), group=PLACE, wide=True),
        Field("postcode", N_("Postcode"), Text(12), group=PLACE),
        Field("phone", N_("Telephone"), Phone(), group=PLACE),
        Field("fax", N_("Fax"), Phone(), group=PLACE),
        Field("email", N_("Email"), Email(), group=PLACE),
        Field("website", N_("Website"), Website(), group=PLACE),
        Field(
            "main_contact",
            N_("Contact's name"),
            Text(60),
            group=CONTACT,
            help=N_(
                "A different name creates a new contact, and the existing one stays. To correct a name, open the "
                "contact."
            ),
        ),
        Field("main_mobile", N_("Contact's mobile"), Phone(), group=CONTACT),
        Field("main_job_title", N_("Contact's position"), Text(60), group=CONTACT),
        Field("bank", N_("Bank"), Text(100), group=MONEY),
        Field("bank_account", N_("Bank account"), Text(60), group=MONEY),
        Field("payment_terms_id", N_("Payment terms"), DictionaryChoice(dictionary="payment_terms"), group=MONEY),
        Field("credit_limit", N_("Credit limit"), Amount(), group=MONEY),
        Field("next_contact_at", N_("Next contact"), MomentType(), group=OTHER),
        Field("last_contact_at", N_("Last contact"), MomentType(), group=OTHER, editable=False, importable=False),
        Field("owner_id", N_("Owner"), PersonChoice(), group=OTHER, editable=False),
        Field("notes", N_("Notes"), LongText(), group=OTHER, wide=True),
    ),
    plural=N_("Customers"),
    owner="owner_id",
    searched=SearchFields(("name", "short_name"), ("short_name",), ("code", "tax_number"), ("phone",)),
    numbered=True,
    name_key="name_key",
    keys=customer_keys,
    card=("level_id", "phone"),
    printing=PrintLayout(
        N_("Customer file"),
        N_("Customer"),
        lines=printed_fields(
            (
                ("line.number", N_("No."), Integer()),
                ("line.name", N_("Full name"), TEXT),
                ("line.department", N_("Department"), TEXT),
                ("line.job_title", N_("Job title"), TEXT),
                ("line.mobile", N_("Mobile"), TEXT),
                ("line.phone", N_("Telephone"), TEXT),
                ("line.email", N_("Email"), TEXT),
            )
        ),
        lines_label=N_("Contacts"),
        pieces=("letterhead", "customer_facts", "its_contacts", "printed_note"),
        place=1,
    ),
)

FORM_KEYS = tuple(field.key for field in CUSTOMER if field.editable)
