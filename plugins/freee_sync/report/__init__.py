"""One run as its readers get it: subject, text, HTML, a CSV of the failed rows, and JSON. Pure: no Airflow, no HTTP.

RunReport ─ judgement ─┬─ page (words from wording) ─ rendering    subject, text, HTML
                       ├─ rows_csv                                 the attachment
                       └─ record                                   JSON, include/report.schema.json
"""

from freee_sync.report.judgement import Overall, overall
from freee_sync.report.page import subject
from freee_sync.report.record import to_json
from freee_sync.report.rendering import render_html, render_text
from freee_sync.report.rows_csv import render_csv

__all__ = ["Overall", "overall", "render_csv", "render_html", "render_text", "subject", "to_json"]
