"""Write the generated pages that are stale, and name them."""

from __future__ import annotations

import sys

from docs_build import pages, stale

texts = pages()
for path in stale():
    path.write_text(texts[path], encoding="utf-8")
    sys.stdout.write(f"{path.name}\n")
