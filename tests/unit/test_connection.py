"""The endpoint and the credentials: the sources, and their order of precedence."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pulumi_eci.api.connection import (
    Connection,
    connect,
    find_region,
    foreign_region,
    parse_endpoint,
    regional_host,
)
from pulumi_eci.api.credentials import (
    CLI_FILE,
    ORDER,
    ROLE_VARIABLES,
    ROLES,
    AccessKey,
    Credentials,
    CredentialsUri,
    DefaultChain,
    EcsRole,
    OidcRole,
    Profile,
    Role,
    Source,
)
from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.model.spec import ConnectionSpec

ARN, OTHER_ARN = "acs:ram::1:role/x", "acs:ram::2:role/y"
OIDC = {"roleArn": ARN, "oidcProviderArn": "provider", "oidcTokenFile": "/token"}
REFERENCE = Path(__file__).parents[2] / "docs/reference/settings.md"


def resolve(given: Mapping[str, Any], own: ConnectionSpec | None = None) -> Connection:
    """Resolve a connection for cn-hangzhou. Names with a colon are the stack's configuration."""
    configuration = {name: value for name, value in given.items() if ":" in name}
    environ = {name: value for name, value in given.items() if ":" not in name}
    return connect(configuration.get, environ, "cn-hangzhou", own or ConnectionSpec())


def refusal(given: Mapping[str, Any], own: ConnectionSpec | None = None) -> str:
    """Return the message about invalid settings."""
    with pytest.raises(ConfigurationError) as caught:
        resolve(given, own)
    return str(caught.value)


# -- region and endpoint


@pytest.mark.parametrize(
    ("given", "region"),
    [
        ({}, None),
        ({"eci:region": "", "ALIBABA_CLOUD_REGION_ID": ""}, None),
        ({"ALIBABA_CLOUD_REGION": "e"}, "e"),
        ({"ALIBABA_CLOUD_REGION": "e", "ALICLOUD_REGION": "d"}, "d"),
        ({"ALICLOUD_REGION": "d", "ALIBABA_CLOUD_REGION_ID": "c"}, "c"),
        ({"ALIBABA_CLOUD_REGION_ID": "c", "alicloud:region": "b"}, "b"),
        ({"alicloud:region": "b", "eci:region": "a"}, "a"),
    ],
)
def test_the_default_region(given: dict[str, str], region: str | None) -> None:
    assert find_region(given.get, given) == region


def test_an_invalid_region_is_rejected() -> None:
    with pytest.raises(ConfigurationError, match="region: must be the id of a region, such as"):
        connect(lambda _: None, {}, "cn-hangzhou.example.com/", ConnectionSpec())


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("cn-hangzhou", "eci.cn-hangzhou.aliyuncs.com"),
        ("cn-shanghai-finance-1", "eci.cn-shanghai-finance.aliyuncs.com"),
        ("cn-shenzhen-finance-1", "eci.cn-shenzhen-finance.aliyuncs.com"),
    ],
)
def test_a_region_has_its_own_public_endpoint(region: str, host: str) -> None:
    assert regional_host(region) == host


@pytest.mark.parametrize(
    ("given", "own", "endpoint"),
    [
        ({}, "", "https://eci.cn-hangzhou.aliyuncs.com"),
        ({"alicloud:endpoints": '[{"eci": "eci.corp"}]'}, "", "https://eci.corp"),
        ({"alicloud:endpoints": '[{"ecs": "ecs.corp"}]'}, "", resolve({}).endpoint),
        ({"alicloud:endpoints": {"eci": "a"}, "eci:endpoint": "http://c:1"}, "", "http://c:1"),
        ({"eci:endpoint": "http://c:1", "ECI_ENDPOINT": "http://e:1"}, "", "http://e:1"),
        ({"ECI_ENDPOINT": "http://e:1"}, "http://own:1", "http://own:1"),
        ({"eci:endpoint": "eci-vpc.{region}.corp"}, "", "https://eci-vpc.cn-hangzhou.corp"),
        ({}, "{region}.own", "https://cn-hangzhou.own"),
    ],
)
def test_the_endpoint(given: dict[str, Any], own: str, endpoint: str) -> None:
    assert resolve(given, ConnectionSpec(endpoint=own)).endpoint == endpoint


@pytest.mark.parametrize(
    ("endpoint", "parsed"),
    [
        ("eci.cn-hangzhou.aliyuncs.com", ("https", "eci.cn-hangzhou.aliyuncs.com")),
        ("https://eci.example.com/", ("https", "eci.example.com")),
        ("  http://127.0.0.1:8642\n", ("http", "127.0.0.1:8642")),
        ("localhost:8642", ("https", "localhost:8642")),
        ("http://[::1]:8642", ("http", "[::1]:8642")),
        ("HTTP://Host", ("http", "host")),
    ],
)
def test_an_endpoint_is_a_host_or_a_url_of_one(endpoint: str, parsed: tuple[str, str]) -> None:
    assert parse_endpoint(endpoint, "r") == parsed


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://eci.example.com/base",
        "https://eci.example.com?x=1",
        "https://eci.example.com#x",
        "https://user:pa55@eci.example.com",
        "https://user@eci.example.com",
        "ftp://eci.example.com",
        "https://",
        "https://:8642",
        "http://host:port",
        "not a host",
        "https://host,other",
        "https://{zone}.corp",
        "http://host:99999",
        "http://host:0",
        "http://[::1",
        "/",
        "",
    ],
)
def test_an_invalid_endpoint_is_rejected(endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match=r"eci:endpoint \(or ECI_ENDPOINT\)") as caught:
        parse_endpoint(endpoint, "r")
    assert "pa55" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "region", "foreign"),
    [
        ("eci.cn-beijing.aliyuncs.com", "cn-hangzhou", "cn-beijing"),
        ("eci-vpc.ap-southeast-1.aliyuncs.com:443", "cn-hangzhou", "ap-southeast-1"),
        ("eci.cn-shanghai-finance.aliyuncs.com", "cn-shanghai", "cn-shanghai-finance"),
        ("eci.cn-shanghai-finance.aliyuncs.com", "cn-shanghai-finance-1", ""),
        ("eci-vpc.cn-hangzhou.aliyuncs.com", "cn-hangzhou", ""),
        ("eci.aliyuncs.com", "cn-hangzhou", ""),
        ("eci.vpc-proxy.aliyuncs.com", "cn-hangzhou", ""),
        ("eci.cn-beijing.corp", "cn-hangzhou", ""),
        ("127.0.0.1:8642", "cn-hangzhou", ""),
    ],
)
def test_a_host_of_another_region_is_recognized(host: str, region: str, foreign: str) -> None:
    assert foreign_region(host, region) == foreign


# -- the source of credentials

KEYS = (
    (
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
    ),
    ("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"),
    ("ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_SECURITY_TOKEN"),
    ("eci:accessKey", "eci:secretKey", "eci:securityToken"),
    ("alicloud:accessKey", "alicloud:secretKey", "alicloud:securityToken"),
)
PROFILES = ("ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE", "eci:profile", "alicloud:profile")
FILES = (
    "ALICLOUD_SHARED_CREDENTIALS_FILE",
    "ALIBABA_CLOUD_CREDENTIALS_FILE",
    "eci:sharedCredentialsFile",
    "alicloud:sharedCredentialsFile",
)
OIDC_VARIABLES = (
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
)
ECS_ROLES = (
    "ALIBABA_CLOUD_ECS_METADATA",
    "ALICLOUD_ECS_ROLE_NAME",
    "eci:ecsRoleName",
    "alicloud:ecsRoleName",
)
URIS = (
    "ALIBABA_CLOUD_CREDENTIALS_URI",
    "ALICLOUD_CREDENTIALS_URI",
    "eci:credentialsUri",
    "alicloud:credentialsUri",
)


def oidc_role(setting: str) -> OidcRole:
    """Return the role of OIDC."""
    return OidcRole(Role(ARN, setting), "provider", "/token")


ROWS: list[tuple[dict[str, Any], Source]] = [
    ({"eci:assumeRoleWithOidc": OIDC}, oidc_role("eci:assumeRoleWithOidc")),
    (
        {"alicloud:assumeRoleWithOidc": json.dumps(OIDC)},
        oidc_role("alicloud:assumeRoleWithOidc"),
    ),
    *((dict(zip(row, row[::-1], strict=True)), AccessKey(*row[::-1])) for row in KEYS),
    *(({name: f" {name}\n"}, Profile(name)) for name in PROFILES),
    *(({name: name}, Profile("", name)) for name in FILES),
    (dict(zip(OIDC_VARIABLES, OIDC.values(), strict=True)), oidc_role(OIDC_VARIABLES[0])),
    *(({name: name}, EcsRole(name)) for name in ECS_ROLES),
    *(({name: "http://h:1/a?b=c"}, CredentialsUri("http://h:1/a?b=c")) for name in URIS),
    ({}, DefaultChain()),
]
"""Each source alone, by precedence: its settings, and what is made of them."""


@pytest.mark.parametrize("row", range(len(ROWS)), ids=lambda row: next(iter(ROWS[row][0]), "none"))
def test_a_complete_source_takes_precedence_over_all_below_it(row: int) -> None:
    given, source = ROWS[row]
    for below, _ in ROWS[row:]:
        expected = source
        if isinstance(source, Profile) and source.name:
            expected = replace(source, file=next((below[n] for n in FILES if n in below), CLI_FILE))
        found = resolve({**below, **given})
        assert found.credentials == Credentials(expected, next(iter(given), ""))


@pytest.mark.parametrize("row", range(len(ROWS)), ids=lambda row: next(iter(ROWS[row][0]), "none"))
def test_a_profile_of_a_resource_takes_precedence_over_the_stack(row: int) -> None:
    found = resolve({**ROWS[row][0], "alicloud:assumeRole": ROLE}, ConnectionSpec(profile="own"))
    assert isinstance(found.credentials.source, Profile)
    assert (found.credentials.source.name, found.credentials.roles) == ("own", ())


@pytest.mark.parametrize("names", KEYS, ids=lambda names: names[0])
def test_a_token_is_only_used_with_its_key(names: tuple[str, str, str]) -> None:
    tokens = {row[2]: "stale" for row in KEYS if row != names}
    found = resolve({**tokens, names[0]: "i", names[1]: "s"})
    assert found.credentials.source == AccessKey("i", "s")


HALVES: list[tuple[dict[str, Any], str]] = [
    *(({row[0]: "half-1"}, row[1]) for row in KEYS),
    *(({row[1]: "half-1", row[2]: "half-2"}, row[0]) for row in KEYS),
    ({"eci:accessKey": "half-1", "alicloud:secretKey": "half-2"}, "eci:secretKey"),
    ({KEYS[0][0]: "half-1", "ALICLOUD_SECRET_KEY": "half-2"}, KEYS[0][1]),
    ({OIDC_VARIABLES[0]: ARN, OIDC_VARIABLES[1]: "half-1"}, OIDC_VARIABLES[2]),
    ({OIDC_VARIABLES[2]: "half-1"}, OIDC_VARIABLES[1]),
    ({"alicloud:assumeRoleWithOidc": {"roleArn": ARN}}, "oidcProviderArn"),
    ({"alicloud:assumeRole": {"sessionName": "half-1"}}, "roleArn"),
]


@pytest.mark.parametrize(("given", "missing"), HALVES, ids=str)
def test_an_incomplete_source_is_an_error_that_names_the_missing_setting(
    given: dict[str, Any], missing: str
) -> None:
    message = refusal({**given, "alicloud:ecsRoleName": "below"})
    assert missing in message
    assert "incomplete" in message
    assert not re.search(r"half-\d", message)


def test_an_incomplete_source_below_a_complete_one_is_ignored() -> None:
    assert resolve({**ROWS[2][0], "eci:accessKey": "half"}).credentials.source == ROWS[2][1]


@pytest.mark.parametrize(
    ("name", "value", "reported"),
    [
        ("alicloud:assumeRole", "{", "an object"),
        ("alicloud:assumeRole", ARN, "an object"),
        ("alicloud:assumeRole", [7], "an object"),
        ("alicloud:assumeRole", {"roleArn": ARN, "serialNumber": "m"}, "serialNumber"),
        ("alicloud:assumeRole", {"roleArn": ARN, "role_arn": OTHER_ARN}, "two spellings"),
        ("alicloud:assumeRole", {"roleArn": "role/x"}, "acs:ram::"),
        ("alicloud:assumeRole", {"roleArn": ARN, "sessionExpiration": 60}, "900"),
        ("alicloud:assumeRole", {"roleArn": ARN, "sessionExpiration": "1e4"}, "900"),
        ("ALICLOUD_ASSUME_ROLE_ARN", "role/x", "acs:ram::"),
        ("alicloud:assumeRoleWithOidc", {**OIDC, "oidcTokenFile": "", "oidcToken": "t"}, "File"),
        ("alicloud:assumeRoleWithOidc", [OIDC, OIDC], "one object"),
        ("ALIBABA_CLOUD_OIDC_TOKEN", "t", "incomplete"),
        ("alicloud:credentialsUri", "127.0.0.1:80/x", "URL"),
        ("alicloud:profile", {"name": "x"}, "string"),
        ("ALICLOUD_STS_ENDPOINT", "http://sts.corp", "HTTPS"),
        ("alicloud:endpoints", {"sts": "a/b"}, "HTTPS"),
    ],
)
def test_an_unsupported_setting_is_an_error(name: str, value: object, reported: str) -> None:
    message = refusal({name: value})
    assert message.startswith(name)
    assert reported in message


# -- roles

ROLE = {"roleArn": ARN}
ROLE_ROWS: list[tuple[dict[str, Any], tuple[Role, ...]]] = [
    *(({name: ROLE}, (Role(ARN, name),)) for name in ROLES),
    ({"ALICLOUD_ASSUME_ROLE_ARN": ARN}, (Role(ARN, "ALICLOUD_ASSUME_ROLE_ARN"),)),
    ({"ALIBABA_CLOUD_ROLE_ARN": ARN}, (Role(ARN, "ALIBABA_CLOUD_ROLE_ARN"),)),
]


@pytest.mark.parametrize(
    "row", range(len(ROLE_ROWS)), ids=lambda row: next(iter(ROLE_ROWS[row][0]))
)
@pytest.mark.parametrize("source", [{}, ROWS[2][0], ROWS[5][0], ROWS[9][0]], ids=str)
def test_the_first_role_is_assumed_with_any_source(row: int, source: dict[str, Any]) -> None:
    given, roles = ROLE_ROWS[row]
    for below, _ in ROLE_ROWS[row:]:
        found = resolve({**source, **below, **given}).credentials
        assert (found.roles, found.source) == (roles, resolve(source).credentials.source)
    own = ConnectionSpec(role_arn=OTHER_ARN)
    assert resolve({**source, **given}, own).credentials.roles == (
        Role(OTHER_ARN, "connection.roleArn"),
    )


@pytest.mark.parametrize(
    ("name", "value", "role"),
    [
        (
            "alicloud:assumeRole",
            json.dumps({"role_arn": ARN, "SESSION_NAME": "n", "ExternalId": "e"}),
            {"session_name": "n", "external_id": "e"},
        ),
        (
            "eci:assumeRole",
            {**ROLE, "policy": {"V": 1}, "session-expiration": 900},
            {"policy": '{"V": 1}', "seconds": 900},
        ),
        ("eci:assumeRole", {**ROLE, "policy": None, "sessionExpiration": "0"}, {}),
    ],
)
def test_a_role_may_have_several_forms(
    name: str,
    value: object,
    role: dict[str, Any],
) -> None:
    assert resolve({name: value}).credentials.roles == (Role(ARN, name, **role),)


def test_a_role_of_a_resource_must_be_an_arn() -> None:
    with pytest.raises(ConfigurationError, match=r"connection\.roleArn: the role must be an ARN"):
        resolve({}, ConnectionSpec(role_arn="deployer"))


def test_a_list_of_roles_is_a_chain() -> None:
    found = resolve({"alicloud:assumeRoles": [ROLE, {"roleArn": OTHER_ARN}]}).credentials.roles
    assert [role.arn for role in found] == [ARN, OTHER_ARN]


@pytest.mark.parametrize("value", ["", "[]", "{}", {"roleArn": ""}, {"roleArn": "", "policy": "p"}])
def test_an_empty_role_is_ignored(value: object) -> None:
    assert resolve({"alicloud:assumeRole": value}).credentials.roles == ()


def test_the_role_of_an_oidc_provider_is_not_assumed_twice() -> None:
    given = {**ROWS[15][0], "ALIBABA_CLOUD_ROLE_SESSION_NAME": "n"}
    found = resolve(given).credentials
    assert (found.source, found.roles) == (
        OidcRole(Role(ARN, OIDC_VARIABLES[0], "n"), "provider", "/token"),
        (),
    )
    assert resolve({**given, **ROWS[2][0]}).credentials.roles == ()


def test_the_endpoint_of_sts() -> None:
    assert (
        resolve({"alicloud:endpoints": {"sts": "https://s:1/"}}).credentials.sts_endpoint == "s:1"
    )
    assert resolve({"ALICLOUD_STS_ENDPOINT": "s"}).credentials.sts_endpoint == "s"


# -- whole connections


def test_the_reference_lists_the_settings_in_the_order_of_the_code() -> None:
    section = REFERENCE.read_text().split("## Credentials")[1].split("\n## ")[0]
    roles = [ROLES, *([name for name in names if name] for names in ROLE_VARIABLES)]
    for names in ([row for _, row in ORDER], roles):
        documented = dict.fromkeys(name for row in names for name in row)
        places = [section.index(f"`{name}`") for name in documented]
        assert places == sorted(places)
        section = section.split("### Roles")[1] if "### Roles" in section else section


def test_a_connection_shows_no_secret() -> None:
    secrets = (
        AccessKey("key-id", "key-secret", "sts-token"),
        CredentialsUri("http://h/?t=uri-token"),
    )
    shown = [repr(Connection("r", "h", credentials=Credentials(source))) for source in secrets]
    assert not re.search("key-id|key-secret|sts-token|uri-token", " ".join(shown))


def test_equal_connections_are_equal_keys() -> None:
    given = ROWS[2][0]
    assert len({resolve(given), resolve(dict(given))}) == 1
    assert resolve(given) != resolve({**given, KEYS[0][1]: "rotated"})


@pytest.mark.parametrize(
    ("connection", "account"),
    [
        (ConnectionSpec(), ""),
        (ConnectionSpec(role_arn=ARN), "1"),
        (ConnectionSpec(account_id="2"), "2"),
        (ConnectionSpec(role_arn=ARN, account_id="2"), "2"),
        (ConnectionSpec(role_arn="role/x"), ""),
        (ConnectionSpec(role_arn="a:b:c:d"), ""),
    ],
)
def test_the_account_of_a_connection(connection: ConnectionSpec, account: str) -> None:
    assert connection.account == account
