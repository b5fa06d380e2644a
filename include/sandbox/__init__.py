"""A freee, a Salesforce and a mail server on loopback: for trying out, for the demo and for tests.

    Sandbox                 server.py       everything at once, as a context manager
    ├── freee               freee/          OAuth and the list endpoints of a made-up company (company/)
    ├── Salesforce          salesforce*     an org that behaves by the shipped metadata
    └── mail                mail.py         an SMTP server that keeps what it got

Each web server sits behind a `Wire` (wire.py), which logs every call and plays faults (faults.py); all share one `Clock` (clock.py).
control.py steers a sandbox that runs in another process. Everything lives in memory: a restart begins anew.
"""
