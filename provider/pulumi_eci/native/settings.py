"""The provider's settings: the stack's configuration `eci:…`, or an explicit provider's inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_eci.api.settings import Configuration, unknown_settings
from pulumi_eci.model.fields import NO_REGION_ID, REGION_ID
from pulumi_eci.model.spec import contains_unknown


@dataclass(frozen=True)
class Setting:
    """One setting of the provider.

    Args:
        description: Its meaning, the environment variables for it, and its default.
        type: Its type in Pulumi's schema, or the name of one of `OBJECTS`; with `[]`, a list.
        is_secret: Whether state encrypts it.
    """

    description: str
    type: str = "string"
    is_secret: bool = False


SETTINGS: Mapping[str, Setting] = {
    "region": Setting(
        "Region id of resources without a `region`, such as `cn-hangzhou`. By default "
        "ALIBABA_CLOUD_REGION_ID or ALICLOUD_REGION."
    ),
    "endpoint": Setting(
        "Host or URL of the ECI API. ECI_ENDPOINT takes precedence. By default the region's public "
        "endpoint."
    ),
    "accessKey": Setting(
        "Access key id. ALIBABA_CLOUD_ACCESS_KEY_ID or ALICLOUD_ACCESS_KEY takes precedence. "
        "Without any credentials, the vendor's default credential chain decides.",
        is_secret=True,
    ),
    "secretKey": Setting(
        "Access key secret. ALIBABA_CLOUD_ACCESS_KEY_SECRET or ALICLOUD_SECRET_KEY takes "
        "precedence.",
        is_secret=True,
    ),
    "securityToken": Setting(
        "Security token of a temporary access key. ALIBABA_CLOUD_SECURITY_TOKEN or "
        "ALICLOUD_SECURITY_TOKEN takes precedence.",
        is_secret=True,
    ),
    "profile": Setting(
        "Profile with the credentials, in `~/.aliyun/config.json`. ALIBABA_CLOUD_PROFILE or "
        "ALICLOUD_PROFILE takes precedence."
    ),
    "sharedCredentialsFile": Setting(
        "File of profiles. Without `profile`, its current profile is used. "
        "ALICLOUD_SHARED_CREDENTIALS_FILE or ALIBABA_CLOUD_CREDENTIALS_FILE takes precedence."
    ),
    "ecsRoleName": Setting(
        "RAM role of the ECS instance. ALIBABA_CLOUD_ECS_METADATA or ALICLOUD_ECS_ROLE_NAME takes "
        "precedence."
    ),
    "credentialsUri": Setting(
        "URL of a service that returns temporary access keys. ALIBABA_CLOUD_CREDENTIALS_URI or "
        "ALICLOUD_CREDENTIALS_URI takes precedence.",
        is_secret=True,
    ),
    "assumeRoleWithOidc": Setting(
        "Role to assume with the token of an OIDC provider. It takes precedence over access keys.",
        type="AssumeRoleWithOidc",
    ),
    "assumeRole": Setting("Role to assume with the credentials.", type="AssumeRole"),
    "assumeRoles": Setting(
        "Roles to assume with the credentials, one after the other.", type="AssumeRole[]"
    ),
    "namespace": Setting(
        "A text that distinguishes this stack from a copy of its state in the same account. Other "
        "stacks need no namespace."
    ),
    "trackDigests": Setting(
        "Whether caches without the argument `trackDigests` track the digests of their images. By "
        "default false.",
        type="boolean",
    ),
    "crEndpoint": Setting(
        "Endpoint of Container Registry's API, for `trackDigests` with `acrRegistryInfos`. "
        "ECI_CR_ENDPOINT takes precedence. By default the region's public endpoint."
    ),
    "pollSeconds": Setting(
        "Longest pause between two describe calls for a cache that is being built, 0.05 to 300 "
        "seconds. ECI_POLL_SECONDS takes precedence. By default 10.",
        type="number",
    ),
    "createsPerMinute": Setting(
        "Most creations in a minute, 1 to 6000. ECI_CREATES_PER_MINUTE takes precedence. By "
        "default 200, the limit of the service.",
        type="integer",
    ),
}
"""The settings by name: the key of the stack's configuration without `eci:`."""

OBJECTS: Mapping[str, Mapping[str, str]] = {
    "AssumeRole": {
        "roleArn": "The role, `acs:ram::<account>:role/<name>`.",
        "sessionName": "Name of the session.",
        "policy": "Policy as JSON that further restricts the session.",
        "externalId": "External id that the role's trust policy requires.",
        "sessionExpiration": "How long a session lasts, in seconds, 900 to 43200. By default 3600.",
    },
    "AssumeRoleWithOidc": {
        "roleArn": "The role, `acs:ram::<account>:role/<name>`.",
        "oidcProviderArn": "The OIDC provider, `acs:ram::<account>:oidc-provider/<name>`.",
        "oidcTokenFile": "File with the provider's token.",
        "roleSessionName": "Name of the session.",
        "policy": "Policy as JSON that further restricts the session.",
        "sessionExpiration": "How long a session lasts, in seconds, 900 to 43200. By default 3600.",
    },
}
"""The members of settings that are objects."""

SECRET_SETTINGS = frozenset(name for name, setting in SETTINGS.items() if setting.is_secret)
_CREDENTIALS = (
    "accessKey",
    "secretKey",
    "profile",
    "sharedCredentialsFile",
    "ecsRoleName",
    "credentialsUri",
    "assumeRoleWithOidc",
)
_VARIABLES = {
    "endpoint": "ECI_ENDPOINT",
    "crEndpoint": "ECI_CR_ENDPOINT",
    "pollSeconds": "ECI_POLL_SECONDS",
    "createsPerMinute": "ECI_CREATES_PER_MINUTE",
}
_VENDORS_VARIABLES = ("ALIBABA_CLOUD_", "ALICLOUD_", "ALIBABACLOUD_")
_ENGINES_OWN = ("version", "pluginDownloadURL")


def configuration(settings: Mapping[str, Any]) -> Configuration:
    """Return a function from full keys, such as `eci:region`, to the values in *settings*."""
    texts = {f"eci:{name}": text(value) for name, value in settings.items()}
    return texts.get


def environment(
    settings: Mapping[str, Any], environ: Mapping[str, str], urn: str
) -> Mapping[str, str]:
    """Return *environ* without variables that an explicit provider's *settings* replace.

    For a default provider the environment takes precedence over the stack's configuration, which
    may be that of the last `up`. For an explicit provider its inputs take precedence.

    Args:
        settings: The provider's settings.
        environ: The environment variables.
        urn: The URN of the provider resource.
    """
    if _is_default(urn):
        return environ
    hidden = {variable for name, variable in _VARIABLES.items() if name in settings}
    if any(name in settings for name in _CREDENTIALS):
        vendors = {name for name in environ if name.startswith(_VENDORS_VARIABLES)}
        hidden |= {name for name in vendors if "REGION" not in name and "STS" not in name}
    return {name: value for name, value in environ.items() if name not in hidden}


def problems(settings: Mapping[str, Any], urn: str) -> list[str]:
    """Return one sentence for each unknown name in *settings*, and one for an invalid region.

    In a project called `eci` the engine also gives the project's own keys to the default provider
    with this *urn*. So unknown names are no problem there.
    """
    named = [name for name in settings if name not in _ENGINES_OWN and not name.startswith("__")]
    found = [] if _is_default(urn) and _project(urn) == "eci" else unknown_settings(named, "")
    region = settings.get("region")
    if region and not contains_unknown(region) and not REGION_ID.fullmatch(str(region)):
        found.append(f"region: {NO_REGION_ID}")
    return found


def known(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return *settings* without values that are not known yet."""
    return {name: value for name, value in settings.items() if not contains_unknown(value)}


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the names of the settings that differ."""
    return [name for name in SETTINGS if text(old.get(name)) != text(new.get(name))]


def text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Return *value* as text, as in the stack's configuration: all but strings as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True)


def _is_default(urn: str) -> bool:
    return urn.rpartition("::")[2].startswith("default")  # the engine's name for a default provider


def _project(urn: str) -> str:
    return "::".join(urn.split("::")[1:2])
