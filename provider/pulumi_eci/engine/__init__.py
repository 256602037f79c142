"""What a provider's process needs of its engine, whichever front door it serves: the engine's log,
failures as the engine reads them, and an end together with the engine's.
"""

from __future__ import annotations

import sys

WORKERS = 128
"""Calls that may run at a time. Each waiting cache holds one thread, so four would be four
caches."""

PROVIDER_KEY = "__provider"
"""The output under which Pulumi's dynamic host finds the provider."""

DYNAMIC_PROVIDER = (
    "gASVMQAAAAAAAACME3B1bHVtaV9lY2kucHJvdmlkZXKUjBJJbWFnZUNhY2hlUHJvdmlkZXKUk5QpgZQu"
)
"""`pulumi_eci.provider.ImageCacheProvider`, pickled by reference, as release 0.1.0 wrote it. The
native plugin writes it too: else no refresh or destroy would work after a move to the dynamic
provider, which changes no outputs."""

DYNAMIC_LAYOUT = "gASVMAAAAAAAAACMEXB1bHVtaV9lY2kubGF5b3V0lIwTRmxlZXRMYXlvdXRQcm92aWRlcpSTlCmBlC4="
"""`pulumi_eci.layout.FleetLayoutProvider`, in the same way."""

Address = tuple[str, str]


def engine_address() -> Address | None:
    """Return the engine's host and port, or None outside of a provider's process.

    The engine starts every provider with its address as the last argument; before it there may be
    flags, such as `--logtostderr`.
    """
    host, _, port = sys.argv[-1].rpartition(":")
    return (host, port) if host and port.isdecimal() else None
