"""Limit and NextToken.

A token is opaque to clients. It names the place after which the next page begins, so caches that
come or go between two pages neither repeat nor hide others.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from eci_emulator.errors import invalid_parameter

if TYPE_CHECKING:
    from eci_emulator.settings import Settings
    from eci_emulator.switches import Switches
    from eci_emulator.wire import Params


def read_limit(params: Params, settings: Settings) -> int:
    """Read Limit."""
    limit = params.integer("Limit", 1, settings.max_limit)
    return settings.default_limit if limit is None else limit


def read_place(params: Params) -> int:
    """Read the place that NextToken names; 0 for the first page."""
    token = params.text("NextToken")
    if not token:
        return 0
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise invalid_parameter("NextToken", "no page bears it") from None
    head, _, digits = text.partition(":")
    if head != "after" or not digits.isdecimal() or len(digits) > 18:  # noqa: PLR2004 - SQLite's range
        raise invalid_parameter("NextToken", "no page bears it")
    return int(digits)


def write_place(place: int | None, switches: Switches) -> dict[str, str]:
    """Return the NextToken part of a response; None marks the last page."""
    if place is not None:
        token = base64.urlsafe_b64encode(f"after:{place}".encode()).decode()
        return {"NextToken": token}
    return {"NextToken": ""} if switches.last_page == "empty_token" else {}
