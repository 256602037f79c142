"""Find the API with the provider's settings, for the project in the current folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi_eci.api.connection import Connection, connect, find_region
from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.model.spec import ConnectionSpec

_SECONDS = 30.0


@dataclass(frozen=True)
class StackConfiguration:
    """The configuration of the selected stack.

    Attributes:
        values: Values that are not encrypted, by full key, as `eci:region`.
        encrypted: The keys of encrypted values.
        unknown: Why the configuration is unknown; "" if it is known.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    encrypted: frozenset[str] = frozenset()
    unknown: str = ""

    def get(self, key: str) -> str | None:
        """Return the value of a key.

        Raises:
            ConfigurationError: If the value is encrypted.
        """
        if key in self.encrypted:
            raise ConfigurationError(
                f"{key}: encrypted in the stack's configuration, which this command does not "
                "decrypt. Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET"
            )
        return self.values.get(key)


def no_configuration(_key: str) -> str | None:
    """Return no value: there is no stack."""
    return None


def find_connection(environ: Mapping[str, str], region: str, endpoint: str) -> Connection:
    """Resolve the connection like the provider, with the configuration of the selected stack.

    Args:
        environ: The environment.
        region: Takes precedence over configuration and environment, if it is not empty.
        endpoint: Likewise for the endpoint.

    Raises:
        ConfigurationError: The region is missing, the endpoint is invalid, or a required setting is
            incomplete or encrypted.
    """
    stack = read_stack(environ)
    region = region or find_region(stack.get, environ) or ""
    if not region:
        raise ConfigurationError(
            "no region: use --region or set ALIBABA_CLOUD_REGION_ID. "
            f"eci:region of the stack is unknown: {stack.unknown or 'it is not set'}"
        )
    return connect(stack.get, environ, region, ConnectionSpec(endpoint=endpoint))


def read_stack(environ: Mapping[str, str]) -> StackConfiguration:
    """Read the configuration of the stack that is selected in the current folder."""
    command = shutil.which("pulumi", path=environ.get("PATH"))
    if command is None:
        return StackConfiguration(unknown="there is no `pulumi` on PATH")
    try:
        answer = subprocess.run(  # noqa: S603 - found on the user's own PATH
            [command, "config", "--json", "--non-interactive"],
            env={**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if answer.returncode != 0:
            told = answer.stderr.strip().rpartition("\n")[2].removeprefix("error: ")
            return StackConfiguration(unknown=told or "`pulumi config` failed")
        found = json.loads(answer.stdout)
        values = {key: row["value"] for key, row in found.items() if "value" in row}
    except (OSError, subprocess.TimeoutExpired, ValueError, TypeError, AttributeError) as error:
        return StackConfiguration(
            unknown=f"`pulumi config` gave no answer ({type(error).__name__})"
        )
    return StackConfiguration(values, frozenset(found) - values.keys())
