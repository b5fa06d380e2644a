"""One Salesforce org in memory: objects from the shipped metadata, rows, users, sessions, the daily limit.

The HTTP side is in `app.py`. Tests and the demo use the plain methods to look at rows and to edit them by hand.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sandbox.salesforce.access import granted_by
from sandbox.salesforce.automation import Automation
from sandbox.salesforce.bulk_job import Jobs
from sandbox.salesforce.errors import ApiError, not_found
from sandbox.salesforce.metadata import read_objects, read_sharing, with_added_fields
from sandbox.salesforce.query import Selection
from sandbox.salesforce.saving import Saving, Writer
from sandbox.salesforce.sessions import Sessions, User
from sandbox.salesforce.setup_objects import SETUP_OBJECTS, setup_rows, sharing_rows
from sandbox.salesforce.soql import parse
from sandbox.salesforce.standard import STANDARD_OBJECTS
from sandbox.salesforce.tables import Table, record_id

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.clock import Clock
    from sandbox.salesforce.automation import Flow, Rule
    from sandbox.salesforce.fields import Row, Value
    from sandbox.salesforce.model import Field
    from sandbox.salesforce.queries import Cursor

PERMISSION_SET = "FreeeMasterSync"
PERMISSION_SETS = (PERMISSION_SET, "FreeePartnerPush")
"""What the integration user has; the second only where that part of the project is deployed."""
DATA_STORAGE = 10_240  # MB, an Enterprise org's
RECORD_SIZE = 2 / 1024  # MB that a custom record counts, whatever its fields
DAILY_LIMIT = 100_000  # an Enterprise org's API requests in 24 hours, before those of its licences


class Org:
    """The org.

    :param metadata_dir: the sfdx project whose objects and permission sets are deployed in it.
    :param clock: what stamps the rows and ends the sessions.

    `integration` is the user that syncs: it has those permission sets and nothing else. `admin` may do everything.
    """

    def __init__(self, metadata_dir: Path, clock: Clock) -> None:
        self.clock = clock
        self.organization_id = record_id("00D", 1)
        standard = [with_added_fields(each, metadata_dir) for each in STANDARD_OBJECTS]
        objects = (*standard, *SETUP_OBJECTS, *read_objects(metadata_dir))
        self.tables = {each.name: Table(each) for each in objects}
        access = granted_by(metadata_dir, PERMISSION_SETS, objects)
        self.integration = User("連携ユーザー", "sync@sandbox.example", record_id("005", 1), access=access)
        self.admin = User("システム管理者", "admin@sandbox.example", record_id("005", 2))
        self.users = (self.integration, self.admin)
        self.client_credentials_user: User | None = self.integration
        self.consumer_key = "sandbox-consumer-key"
        self.consumer_secret = "sandbox-consumer-secret"
        self.sessions = Sessions(self.organization_id, clock)
        self.automation = Automation()
        self.daily_limit = DAILY_LIMIT
        self.requests_used = 0
        self.data_storage = DATA_STORAGE
        self.cursors: dict[str, Cursor] = {}
        self.jobs = Jobs()
        self._found_organization()
        self._set_up(metadata_dir)

    @property
    def validation_rules(self) -> dict[str, Rule]:
        """Rules by object, or by object and name (`FreeeItem__c.no_test_names`); see `automation.Rule`."""
        return self.automation.validation_rules

    @property
    def flows(self) -> dict[str, Flow]:
        """Flows by object, or by object and name; see `automation.Flow`."""
        return self.automation.flows

    def table(self, name: str, user: User | None = None) -> Table:
        """An object's rows, by its name in any case; ApiError NOT_FOUND if there is none that the user sees."""
        table = next((each for known, each in self.tables.items() if known.casefold() == name.casefold()), None)
        if table is None or not (user or self.admin).access.sees(table.object_type):
            raise not_found()
        return table

    def add_field(self, object_name: str, field: Field) -> None:
        """Add a custom field that every user may see and write, or change one."""
        table = self.table(object_name)
        table.object_type = table.object_type.with_field(field)
        table.index()

    def saving(self, user: User, object_name: str) -> Saving:
        """The start of one call that writes."""
        writer = Writer(user.access, self.automation, self.clock.now(), partial(self.table, user=user))
        return Saving(self.table(object_name, user), writer)

    def select(self, user: User, soql: str) -> Selection:
        """A query as the user may run it; ApiError when it is malformed or names what the user does not see."""

        def visible(name: str) -> tuple[Table, tuple[Field, ...]]:
            try:
                table = self.table(name, user)
            except ApiError:
                raise _no_such_type(name) from None
            return table, user.access.fields(table.object_type)

        return Selection(parse(soql), visible)

    def count_request(self) -> None:
        """Count one API request; ApiError REQUEST_LIMIT_EXCEEDED beyond the daily limit."""
        if self.requests_used >= self.daily_limit:
            raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.requests_used += 1

    def expire_sessions(self) -> None:
        """End every session, so that the next call of each gets 401."""
        self.sessions.expire()

    def rows(self, object_name: str) -> list[Row]:
        """All rows of an object with all their fields, nulls included, in the order they were created."""
        table = self.table(object_name)
        return [{field.name: row.get(field.name) for field in table.object_type.fields} for row in table.rows.values()]

    def find(self, object_name: str, field_name: str, value: Value) -> Row | None:
        """The first row whose field is exactly the value."""
        return next((row for row in self.rows(object_name) if row[field_name] == value), None)

    def create(self, object_name: str, **values: Value) -> str:
        """Create a row by hand, as the admin; returns its id. Refusal if Salesforce would refuse it."""
        saving = self.saving(self.admin, object_name)
        return str(saving.create(saving.take(dict(values))).id)

    def edit(self, object_name: str, identity: str, **values: Value) -> None:
        """Edit a row by hand, as the admin. Refusal if Salesforce would refuse it."""
        saving = self.saving(self.admin, object_name)
        saving.update(identity, saving.take(dict(values)))

    def delete(self, object_name: str, identity: str) -> None:
        """Delete a row by hand, as the admin."""
        self.saving(self.admin, object_name).delete(identity)

    def data_storage_left(self) -> int:
        """MB that new records may still fill; negative when too much is stored."""
        records = sum(len(table.rows) for name, table in self.tables.items() if name.endswith("__c"))
        return int(self.data_storage - records * RECORD_SIZE)

    def _set_up(self, metadata_dir: Path) -> None:
        shared = sharing_rows(read_sharing(metadata_dir))
        for name, row in (*shared, *setup_rows(metadata_dir, PERMISSION_SETS, self.integration.user_id)):
            table = self.tables[name]
            table.put({"Id": table.new_id(), **row})

    def _found_organization(self) -> None:
        self.tables["Organization"].put(
            {
                "Id": self.organization_id,
                "Name": "サンドボックス株式会社",
                "OrganizationType": "Developer Edition",
                "InstanceName": "SAND1",
                "IsSandbox": True,
            }
        )


def _no_such_type(name: str) -> ApiError:
    message = (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' "
        "after the entity name. Please reference your WSDL or the describe call for the appropriate names."
    )
    return ApiError(400, "INVALID_TYPE", message)
