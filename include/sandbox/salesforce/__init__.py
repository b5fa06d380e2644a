"""A Salesforce org on loopback, made of the metadata the project ships.

    org.py                    the org: what tests and the demo hold in their hands
    ├── model.py              objects and fields        standard.py, metadata.py   where they come from
    ├── access.py             what a user may see and write, by permission sets    sessions.py  users and log-ins
    ├── tables.py             rows and their indexes
    ├── saving.py             the checks of a save      fields.py      what a field takes and holds
    │                                                   automation.py  validation rules and flows
    └── query.py              runs what soql.py parses                      columns.py  what a query shows
    app.py                    the org over HTTP: call.py lets a call in; login.py, records.py, sobject_collections.py, bulk.py,
                              queries.py, describe.py answer it; control.py steers an org in another process

Nothing here was compared with a live org: what comes from Salesforce's documents, from recorded answers or from the field
reports of others is taken as known, the rest is marked as guessed where it stands.
"""

from sandbox.salesforce.app import salesforce_app
from sandbox.salesforce.model import Field
from sandbox.salesforce.org import Org

__all__ = ["Field", "Org", "salesforce_app"]
