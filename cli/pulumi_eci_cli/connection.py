"""Where a command finds the API: as the provider does, but for the configuration of a stack."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_eci.api.connection import Connection, connect, find_region
from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.model.spec import ConnectionSpec


def no_configuration(_key: str) -> str | None:
    """Look a key up in the configuration of no stack."""
    return None


def find_connection(environ: Mapping[str, str], region: str, endpoint: str) -> Connection:
    """Resolve the connection as the provider does without a stack's configuration.

    Raises:
        ConfigurationError: No region is given, or the endpoint is not one.
    """
    region = region or find_region(no_configuration, environ) or ""
    if not region:
        raise ConfigurationError("which region? Give --region or set ALIBABA_CLOUD_REGION_ID")
    return connect(no_configuration, environ, region, ConnectionSpec(endpoint=endpoint))
