"""An object as `/sobjects/{object}/describe` shows it: every key of the real answer, with what it says for such objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sandbox.salesforce.model import ID_TYPES, TEXT_TYPES

if TYPE_CHECKING:
    from sandbox.salesforce.access import Access
    from sandbox.salesforce.fields import Json
    from sandbox.salesforce.model import Field, ObjectType

Description: TypeAlias = "dict[str, Json]"

SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "double": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
}
BYTES_A_CHARACTER = 3


def described_object(object_type: ObjectType, access: Access) -> Description:
    """The object and the fields that the user sees."""
    fields: list[Json] = [_described_field(object_type, field, access) for field in access.fields(object_type)]
    return described_briefly(object_type, access) | {
        "actionOverrides": [],
        "childRelationships": [],
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": fields,
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [],
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [],
    }


def described_briefly(object_type: ObjectType, access: Access) -> Description:
    """The object as the list of all objects, `/sobjects`, shows it."""
    writable = access.writes(object_type)
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": writable,
        "custom": object_type.name.endswith("__c"),
        "customSetting": False,
        "deepCloneable": False,
        "deletable": access.deletes(object_type),
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": object_type.key_prefix,
        "label": object_type.label,
        "labelPlural": object_type.plural,
        "layoutable": True,
        "mergeable": False,
        "mruEnabled": True,
        "name": object_type.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": True,
        "triggerable": True,
        "undeletable": True,
        "updateable": writable,
        "urls": {},
    }


def _described_field(object_type: ObjectType, field: Field, access: Access) -> Description:
    writable = access.writes(object_type, field)
    picklist: list[Json] = [
        {"active": True, "defaultValue": False, "label": value, "validFor": None, "value": value}
        for value in field.values
    ]
    return _constant_keys() | {
        "autoNumber": False,
        "byteLength": field.length * (1 if field.type in ID_TYPES else BYTES_A_CHARACTER),
        "caseSensitive": field.case_sensitive,
        "createable": writable,
        "custom": field.custom,
        "defaultValue": False if field.type == "boolean" else None,
        "defaultedOnCreate": field.defaulted,
        "externalId": field.external_id,
        "groupable": field.type not in {"datetime", "double", "textarea"},
        "idLookup": field.external_id or field.name in {"Id", "Name"},
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": field.name == "Name",
        "nillable": not field.required and field.type not in {"boolean", "id"} and field.writable,
        "permissionable": field.custom and not field.required,
        "picklistValues": picklist,
        "precision": field.precision,
        "referenceTo": [field.reference_to] if field.reference_to else [],
        "relationshipName": field.relationship or None,
        "restrictedPicklist": bool(field.values),
        "scale": field.scale,
        "soapType": "xsd:string" if field.type in TEXT_TYPES else SOAP_TYPES[field.type],
        "type": field.type,
        "unique": field.unique,
        "updateable": writable,
    }


def _constant_keys() -> Description:
    """What is the same for every field of a kind that the sandbox knows."""
    absent = (
        "calculatedFormula", "compoundFieldName", "controllerName", "defaultValueFormula", "extraTypeInfo", "filteredLookupInfo",
        "inlineHelpText", "mask", "maskType", "referenceTargetField", "relationshipOrder",
    )  # fmt: skip
    untrue = (
        "aiPredictionField", "calculated", "cascadeDelete", "dependentPicklist", "deprecatedAndHidden", "displayLocationInDecimal",
        "encrypted", "formulaTreatNullNumberAsZero", "highScaleNumber", "htmlFormatted", "namePointing", "polymorphicForeignKey",
        "queryByDistance", "restrictedDelete", "searchPrefilterable", "writeRequiresMasterRead",
    )  # fmt: skip
    true = ("aggregatable", "filterable", "sortable")
    return {
        "digits": 0,
        **dict.fromkeys(absent),
        **dict.fromkeys(untrue, False),
        **dict.fromkeys(true, True),
    }
