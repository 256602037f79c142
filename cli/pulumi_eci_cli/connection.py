"""Region, endpoint and credentials of a command, found as the provider finds them.

In the folder of a Pulumi project, the configuration of the selected stack counts.
"""

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
        values: The values that are not encrypted, by full key, such as `eci:region`.
        encrypted: The keys of encrypted values.
        unknown: Why the configuration could not be read; "" if it was read.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    encrypted: frozenset[str] = frozenset()
    unknown: str = ""

    def get(self, key: str) -> str | None:
        """Return the value of *key*, or None if it is not set.

        Raises:
            ConfigurationError: The value is encrypted.
        """
        if key in self.encrypted:
            raise ConfigurationError(
                f"{key} is encrypted in the stack's configuration, and this command does not "
                "decrypt it. Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET"
            )
        return self.values.get(key)


def no_configuration(_key: str) -> str | None:
    """Return None: the configuration if there is no stack."""
    return None


def find_connection(environ: Mapping[str, str], region: str, endpoint: str) -> Connection:
    """Return the connection that the provider would use with the selected stack's configuration.

    Args:
        environ: The environment variables.
        region: The option `--region`; takes precedence unless empty.
        endpoint: The option `--endpoint`; takes precedence unless empty.

    Raises:
        ConfigurationError: No region is set, the endpoint is invalid, or a required setting is
            incomplete or encrypted.
    """
    stack = read_stack(environ)
    region = region or find_region(stack.get, environ) or ""
    if not region:
        raise ConfigurationError(
            "no region is set: use --region, ALIBABA_CLOUD_REGION_ID or the stack's eci:region "
            f"({stack.unknown or 'not set in the selected stack'})"
        )
    return connect(stack.get, environ, region, ConnectionSpec(endpoint=endpoint))


def read_stack(environ: Mapping[str, str]) -> StackConfiguration:
    """Return the configuration of the stack that is selected in the current folder.

    Runs `pulumi config`.
    """
    command = shutil.which("pulumi", path=environ.get("PATH"))
    if command is None:
        return StackConfiguration(unknown="`pulumi` is not on PATH")
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
            last = answer.stderr.strip().rpartition("\n")[2].removeprefix("error: ")
            return StackConfiguration(unknown=last or "`pulumi config` failed")
        found = json.loads(answer.stdout)
        values = {key: row["value"] for key, row in found.items() if "value" in row}
    except (OSError, subprocess.TimeoutExpired, ValueError, TypeError, AttributeError) as error:
        return StackConfiguration(unknown=f"`pulumi config` failed ({type(error).__name__})")
    return StackConfiguration(values, frozenset(found) - values.keys())
