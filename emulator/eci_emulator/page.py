"""The web page at `/`: caches and the latest requests, updated automatically.

The page is one file that loads nothing from other hosts and reads the control API.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from starlette.requests import Request

# Only the page itself: no other scripts, styles or hosts.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
)

page = HTMLResponse(
    (resources.files("eci_emulator") / "page.html").read_text(encoding="utf-8"),
    headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"},
)


def is_for_people(request: Request) -> bool:
    """Return whether a request is for the page and not a call of the API."""
    return (
        request.method in {"GET", "HEAD"}
        and request.scope["path"] == "/"
        and not request.scope["query_string"]
        and "x-acs-action" not in request.headers
    )
