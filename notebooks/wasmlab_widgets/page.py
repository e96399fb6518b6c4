"""``wasmlab export``: a recorded run as one HTML file, without kernel and without network."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from wasmlab_widgets.modules import joined, stylesheet
from wasmlab_widgets.recording import page_data, record_run

if TYPE_CHECKING:
    from wasmlab.debug.session import Session

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}
:root {{ color-scheme: light dark; }}
body {{ margin: 1rem; font-family: system-ui, sans-serif; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<div id="run"><p>This page needs JavaScript.</p></div>
</main>
<script type="application/json" id="recording">{data}</script>
<script type="module">
{script}
openPage(document.getElementById("run"),
  JSON.parse(document.getElementById("recording").textContent));
</script>
</body>
</html>
"""


def page(session: Session, limit: int) -> str:
    """Run a session for at most limit steps and return the page that shows it."""
    data = json.dumps(page_data(record_run(session, limit)), separators=(",", ":"))
    return _PAGE.format(
        title=escape(session.module.name or "module"),
        style=stylesheet(),
        data=data.replace("<", "\\u003c"),
        script=joined("page.js"),
    )
