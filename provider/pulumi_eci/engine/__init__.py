"""What both providers, dynamic and native, share in their work with the engine: its log, failures
in the engine's format, and ending the process together with the engine.
"""

from __future__ import annotations

import sys

WORKERS = 1024
"""The largest number of calls that run at a time. Each waiting cache holds one thread. The option
`--parallel` of `pulumi up` sets how many calls the engine makes; threads start only when needed."""

IMAGE_CACHE = "eci:index:ImageCache"
FLEET_LAYOUT = "eci:index:FleetLayout"
"""Type tokens of the plugin's resources."""

DYNAMIC_PACKAGE = "pulumi-python"
DYNAMIC_IMAGE_CACHE = f"{DYNAMIC_PACKAGE}:dynamic/eci:ImageCache"
DYNAMIC_FLEET_LAYOUT = f"{DYNAMIC_PACKAGE}:dynamic/eci:FleetLayout"
"""Type tokens of the dynamic resources; the engine derives them from module and class name."""

PROVIDER_KEY = "__provider"
"""The output in which Pulumi's dynamic provider host finds the pickled provider."""

DYNAMIC_PROVIDER = (
    "gASVMQAAAAAAAACME3B1bHVtaV9lY2kucHJvdmlkZXKUjBJJbWFnZUNhY2hlUHJvdmlkZXKUk5QpgZQu"
)
"""`pulumi_eci.provider.ImageCacheProvider`, pickled by reference, as release 0.1.0 wrote it.

The native plugin writes this output too. A move to the dynamic provider changes no outputs, so
without it refresh and destroy would fail after the move."""

DYNAMIC_LAYOUT = "gASVMAAAAAAAAACMEXB1bHVtaV9lY2kubGF5b3V0lIwTRmxlZXRMYXlvdXRQcm92aWRlcpSTlCmBlC4="
"""`pulumi_eci.layout.FleetLayoutProvider`, in the same way."""

Address = tuple[str, str]


def engine_address() -> Address | None:
    """Return the engine's host and port, or None outside of a provider's process.

    The engine's address is the last argument of the process, after flags such as `--logtostderr`.
    """
    host, _, port = sys.argv[-1].rpartition(":")
    return (host, port) if host and port.isdecimal() else None
