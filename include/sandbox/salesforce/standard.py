"""What every org has before anything is deployed: the system fields and three standard objects, as far as a sync meets them."""

from __future__ import annotations

from sandbox.salesforce.model import Field, ObjectType

SYSTEM_FIELDS = (
    Field("Id", "レコード ID", "id", length=18, defaulted=True, writable=False),
    Field("IsDeleted", "削除", "boolean", defaulted=True, writable=False),
    Field("CreatedDate", "作成日", "datetime", defaulted=True, writable=False),
    Field("LastModifiedDate", "最終更新日", "datetime", defaulted=True, writable=False),
    Field("SystemModstamp", "System Modstamp", "datetime", defaulted=True, writable=False),
)

NAME_LENGTH = 80  # characters a custom object's Name holds


def custom_name(label: str) -> Field:
    """The Name of a custom object: never refused for being blank, it becomes the record's id."""
    return Field("Name", label, length=NAME_LENGTH, defaulted=True)


ACCOUNT = ObjectType(
    name="Account",
    label="取引先",
    plural="取引先",
    key_prefix="001",
    fields=(
        *SYSTEM_FIELDS,
        Field("Name", "取引先名", length=255, required=True),
        Field("Phone", "電話", "phone", length=40),
        Field("Website", "Web サイト", "url", length=255),
        Field("AccountNumber", "取引先番号", length=40),
        Field("Description", "取引先 説明", "textarea", length=32000),
    ),
)

CONTACT = ObjectType(
    name="Contact",
    label="取引先責任者",
    plural="取引先責任者",
    key_prefix="003",
    fields=(
        *SYSTEM_FIELDS,
        Field("Name", "名前", length=121, required=True),
        Field("Email", "メール", "email", length=80),
        Field("Phone", "電話", "phone", length=40),
    ),
)
"""Without first and last name, of which the real Name is made, and without its account."""

ORGANIZATION = ObjectType(
    name="Organization",
    label="組織",
    plural="組織",
    key_prefix="00D",
    fields=(
        *SYSTEM_FIELDS,
        Field("Name", "名前", length=80, writable=False),
        Field("OrganizationType", "組織のエディション", length=40, writable=False),
        Field("InstanceName", "インスタンス名", length=5, writable=False),
        Field("IsSandbox", "Is Sandbox", "boolean", defaulted=True, writable=False),
    ),
)

STANDARD_OBJECTS = (ACCOUNT, CONTACT, ORGANIZATION)
