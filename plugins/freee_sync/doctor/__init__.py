"""`python -m freee_sync.doctor`: looks at a whole set-up and shows one table, green or red, each red line with its remedy.

    examination.py     which checks there are, what each needs, and what is left out because of what
    airflow_side.py    Variables, encryption, the DAG, the next run, mail
    freee_side.py      Connection, link, company, rights, segments, calls
    org_side.py        Connection, log-in, mapping, objects and fields, calls and storage
    sight.py           whether the integration user sees all rows

It changes nothing, with one exception: when no stored access token lasts and no run is active, it refreshes the pair as a task
would, with the same marks, and stores it before it goes on; Ctrl-C waits for that. While a run is active it does not.
"""
