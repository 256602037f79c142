"""The provider's configuration: the stack's `eci:…`, or what an explicit provider is given."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any

from pulumi_eci.api.connection import Configuration
from pulumi_eci.model.decode import NO_REGION_ID
from pulumi_eci.model.fields import REGION_ID
from pulumi_eci.model.spec import contains_unknown
from pulumi_eci.model.text import printable

SETTINGS = (
    "region",
    "endpoint",
    "accessKey",
    "secretKey",
    "securityToken",
    "profile",
    "namespace",
    "pollSeconds",
    "createsPerMinute",
)
SECRET_SETTINGS = frozenset({"accessKey", "secretKey", "securityToken"})
_ENGINES_OWN = ("version", "pluginDownloadURL")


def configuration(settings: Mapping[str, Any]) -> Configuration:
    """Return the look-up of full keys, such as `eci:region`, among *settings*."""
    texts = {f"eci:{name}": text(value) for name, value in settings.items()}
    return texts.get


def problems(settings: Mapping[str, Any]) -> list[str]:
    """List what is wrong with the names of *settings*, and with the region."""
    found = [
        f"{printable(name)}: unknown setting{_nearest(name)}"
        for name in settings
        if name not in (*SETTINGS, *_ENGINES_OWN) and not name.startswith("__")
    ]
    region = settings.get("region")
    if region and not contains_unknown(region) and not REGION_ID.fullmatch(str(region)):
        found.append(f"region: {NO_REGION_ID}")
    return found


def known(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not known yet."""
    return {name: value for name, value in settings.items() if not contains_unknown(value)}


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Name the settings that differ."""
    return [name for name in SETTINGS if text(old.get(name)) != text(new.get(name))]


def text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Spell a value as the stack's configuration has it: SDKs send all but strings as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, SETTINGS)
    return f"; did you mean `{close[0]}`?" if close else f"; there are {', '.join(SETTINGS)}"
