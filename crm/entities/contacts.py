"""The fields of contacts and contact records (K-1, R-1)."""

from crm.entities.entity import BelongsTo, Entity, Field, Happening, OnDelete, SearchFields
from crm.entities.keys import contact_keys
from crm.fields import (
    Code,
    ContactChoice,
    Day,
    DictionaryChoice,
    Email,
    FixedChoice,
    LevelChoice,
    LongText,
    MomentType,
    PersonChoice,
    Phone,
    Reference,
    Text,
    YesNo,
)
from crm.i18n import N_
from crm.models import Contact, ContactRecord

GENDERS = (("male", N_("Male")), ("female", N_("Female")))

CONTACT = Entity(
    "contacts",
    N_("Contact"),
    Contact,
    (
        Field("name", N_("Full name"), Text(60), required=True),
        Field("customer_id", N_("Customer"), Reference(target="customers"), required=True),
        Field("code", N_("Code"), Code(), help=N_("Leave empty to number automatically.")),
        Field("pinyin", N_("Pinyin code"), Text(60), help=N_("Generated from the name; correct it if needed.")),
        Field("gender", N_("Gender"), FixedChoice(options=GENDERS)),
        Field("department", N_("Department"), Text(60)),
        Field("job_title", N_("Job title"), Text(60)),
        Field("is_main", N_("Main contact"), YesNo()),
        Field("mobile", N_("Mobile"), Phone()),
        Field("phone", N_("Telephone"), Phone()),
        Field("email", N_("Email"), Email()),
        Field("wechat", N_("WeChat"), Text(60)),
        Field("line", N_("LINE"), Text(60)),
        Field("qq", N_("QQ"), Text(40)),
        Field("birthday", N_("Birthday"), Day(), past=True),
        Field("address", N_("Address"), Text(300), wide=True),
        Field("notes", N_("Notes"), LongText(), wide=True),
    ),
    plural=N_("Contacts"),
    belongs_to=(BelongsTo("customers", "customer_id"),),
    searched=SearchFields(phones=("mobile", "phone"), parameter="name"),
    detail=("mobile", "phone"),
    numbered=True,
    keys=contact_keys,
    person=True,
    card=("customer", "job_title", "mobile", "phone"),
    timeline=(),
)

RECORD = Entity(
    "records",
    N_("Contact record"),
    ContactRecord,
    (
        Field("customer_id", N_("Customer"), Reference(target="customers"), required=True),
        Field("contact_id", N_("Contact"), ContactChoice()),
        Field("contacted_at", N_("Contact time"), MomentType(), required=True),
        Field("method_id", N_("Contact method"), DictionaryChoice(dictionary="contact_method"), required=True),
        Field("content", N_("Contact content"), LongText(), required=True, wide=True),
        Field("level_id", N_("Customer level"), LevelChoice()),
        Field(
            "next_contact_at",
            N_("Next contact"),
            MomentType(),
            help=N_("Leave empty to set it by the level's number of days."),
        ),
        Field("next_plan", N_("Next contact plan"), Text(500), wide=True),
        Field(
            "add_to_schedule",
            N_("Add to schedule"),
            YesNo(),
            help=N_("The next contact plan stands in the schedule; without a plan nothing does."),
        ),
        Field("remind_by_email", N_("Remind"), YesNo(), help=N_("Sends you an email at the time of the next contact.")),
        Field("created_by_id", N_("Salesperson"), PersonChoice(), editable=False),
    ),
    plural=N_("Contact records"),
    named="content",
    mergeable=False,
    timeline=(
        Happening(
            "contacted_at",
            text="content",
            note="next_plan",
            first="method_id",
            second="contact_id",
            next_at="next_contact_at",
        ),
    ),
    belongs_to=(BelongsTo("customers", "customer_id"), BelongsTo("contacts", "contact_id", OnDelete.STAYS, tab=False)),
)
