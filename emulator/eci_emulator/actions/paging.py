"""Limit and NextToken.

A token is opaque to clients. It names the position before the next page, so a cache that is created
or deleted between two pages neither repeats nor hides others.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from eci_emulator.errors import invalid_parameter
from eci_emulator.wire import INT32

if TYPE_CHECKING:
    from eci_emulator.actions.context import Context
    from eci_emulator.switches import Switches
    from eci_emulator.wire import Params


def read_limit(params: Params, context: Context) -> int:
    """Read Limit."""
    settings = context.settings
    cut = context.switches.limit_too_large == "cut"
    limit = params.integer("Limit", 1, INT32 if cut else settings.max_limit)
    return min(settings.default_limit if limit is None else limit, settings.max_limit)


def read_place(params: Params) -> int:
    """Read the position in NextToken; 0 for the first page."""
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
