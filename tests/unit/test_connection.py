"""Where the API is and whose account it is: configuration, environment, and which comes first."""

from __future__ import annotations

import pytest

from pulumi_eci.api.connection import (
    Connection,
    connect,
    find_region,
    parse_endpoint,
    regional_host,
)
from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.model.spec import ConnectionSpec

KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}


def resolve(
    configuration: dict[str, str], environ: dict[str, str], own: ConnectionSpec | None = None
) -> Connection:
    """Resolve a connection for cn-hangzhou."""
    return connect(configuration.get, environ, "cn-hangzhou", own or ConnectionSpec())


# -- region


@pytest.mark.parametrize(
    ("configuration", "environ", "region"),
    [
        ({}, {}, None),
        ({"eci:region": "a"}, {}, "a"),
        ({"alicloud:region": "b"}, {}, "b"),
        ({}, {"ALIBABA_CLOUD_REGION_ID": "c"}, "c"),
        ({}, {"ALICLOUD_REGION": "d"}, "d"),
        ({"eci:region": "a", "alicloud:region": "b"}, {}, "a"),
        ({"alicloud:region": "b"}, {"ALIBABA_CLOUD_REGION_ID": "c"}, "b"),
        ({}, {"ALIBABA_CLOUD_REGION_ID": "c", "ALICLOUD_REGION": "d"}, "c"),
        ({"eci:region": ""}, {"ALIBABA_CLOUD_REGION_ID": ""}, None),
    ],
)
def test_the_default_region(
    configuration: dict[str, str], environ: dict[str, str], region: str | None
) -> None:
    """Its own setting, pulumi-alicloud's, then the environment; empty is absent."""
    assert (find_region(configuration.get, environ) or None) == region


# -- endpoint


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("cn-hangzhou", "eci.cn-hangzhou.aliyuncs.com"),
        ("eu-central-1", "eci.eu-central-1.aliyuncs.com"),
        ("cn-shanghai-finance-1", "eci.cn-shanghai-finance.aliyuncs.com"),
        ("cn-shenzhen-finance-1", "eci.cn-shenzhen-finance.aliyuncs.com"),
    ],
)
def test_a_region_has_its_own_public_endpoint(region: str, host: str) -> None:
    """The SDK's default would ignore the region."""
    assert regional_host(region) == host


def test_by_default_the_endpoint_is_that_of_the_region() -> None:
    """Over TLS."""
    assert resolve({}, {}).endpoint == "https://eci.cn-hangzhou.aliyuncs.com"


def test_a_configured_endpoint_is_used() -> None:
    """Such as the local API."""
    connection = resolve({"eci:endpoint": "http://127.0.0.1:8642"}, {})
    assert (connection.protocol, connection.host) == ("http", "127.0.0.1:8642")


def test_the_environment_names_the_endpoint_before_configuration_does() -> None:
    """`pulumi destroy` gets the configuration of the last `up`: its local API may be gone."""
    connection = resolve({"eci:endpoint": "http://127.0.0.1:1"}, {"ECI_ENDPOINT": "http://h:2"})
    assert connection.endpoint == "http://h:2"


@pytest.mark.parametrize(
    ("endpoint", "parsed"),
    [
        ("eci.cn-hangzhou.aliyuncs.com", ("https", "eci.cn-hangzhou.aliyuncs.com")),
        ("https://eci.example.com", ("https", "eci.example.com")),
        ("https://eci.example.com/", ("https", "eci.example.com")),
        ("  http://127.0.0.1:8642\n", ("http", "127.0.0.1:8642")),
        ("localhost:8642", ("https", "localhost:8642")),
        ("http://[::1]:8642", ("http", "[::1]:8642")),
        ("HTTP://Host", ("http", "host")),
    ],
)
def test_an_endpoint_is_a_host_or_a_url_of_one(endpoint: str, parsed: tuple[str, str]) -> None:
    """TLS unless the URL says otherwise."""
    assert parse_endpoint(endpoint) == parsed


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
        "http://host:99999",
        "http://[::1",
        "/",
        "",
    ],
)
def test_anything_else_is_no_endpoint(endpoint: str) -> None:
    """A path would be asked for and not signed; the message quotes nothing."""
    with pytest.raises(ConfigurationError, match=r"eci:endpoint \(or ECI_ENDPOINT\)") as caught:
        parse_endpoint(endpoint)
    assert "pa55" not in str(caught.value)


# -- credentials


@pytest.mark.parametrize(
    ("configuration", "environ", "credentials"),
    [
        ({}, {}, ("", "", "")),
        ({}, KEY, ("id", "secret", "")),
        ({}, {**KEY, "ALIBABA_CLOUD_SECURITY_TOKEN": "token"}, ("id", "secret", "token")),
        ({}, {"ALICLOUD_ACCESS_KEY": "i", "ALICLOUD_SECRET_KEY": "s"}, ("i", "s", "")),
        ({"eci:accessKey": "i", "eci:secretKey": "s"}, {}, ("i", "s", "")),
        (
            {"eci:accessKey": "i", "eci:secretKey": "s", "eci:securityToken": "t"},
            {},
            ("i", "s", "t"),
        ),
        ({"alicloud:accessKey": "i", "alicloud:secretKey": "s"}, {}, ("i", "s", "")),
        (
            {"eci:accessKey": "i", "eci:secretKey": "s", "eci:securityToken": "old"},
            KEY,
            ("id", "secret", ""),
        ),
    ],
    ids=[
        "none: the default chain decides",
        "the vendor's environment",
        "with a token",
        "pulumi-alicloud's environment",
        "configuration",
        "configuration with a token",
        "pulumi-alicloud's configuration",
        "the environment before configuration, without its token",
    ],
)
def test_credentials(
    configuration: dict[str, str], environ: dict[str, str], credentials: tuple[str, str, str]
) -> None:
    """Key, secret and token come from one place."""
    found = resolve(configuration, environ)
    assert (found.access_key_id, found.access_key_secret, found.security_token) == credentials


def test_a_region_that_is_no_id_gives_no_connection() -> None:
    """A resource that is read by id is not checked before."""
    with pytest.raises(ConfigurationError, match="region: must be the id of a region, such as"):
        connect(lambda _: None, {}, "cn-hangzhou.example.com/", ConnectionSpec())


@pytest.mark.parametrize(
    ("configuration", "environ"),
    [
        ({}, {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id-1"}),
        ({}, {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret-1"}),
        ({"eci:accessKey": "id-1"}, {}),
        ({"eci:secretKey": "secret-1"}, {}),
        ({"eci:secretKey": "secret-1"}, {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id-1"}),
    ],
)
def test_half_a_key_is_an_error(configuration: dict[str, str], environ: dict[str, str]) -> None:
    """It is not mended from another place, nor shown."""
    with pytest.raises(ConfigurationError, match="half an access key: set both") as caught:
        resolve(configuration, environ)
    assert "-1" not in str(caught.value)


@pytest.mark.parametrize(
    ("configuration", "environ", "profile"),
    [
        ({}, {}, ""),
        ({"eci:profile": "a"}, {}, "a"),
        ({"alicloud:profile": "b"}, {}, "b"),
        ({"eci:profile": "a"}, {"ALIBABA_CLOUD_PROFILE": "c"}, "c"),
        ({}, {"ALICLOUD_PROFILE": "d"}, "d"),
    ],
)
def test_a_profile(configuration: dict[str, str], environ: dict[str, str], profile: str) -> None:
    """From the environment, then from configuration."""
    assert resolve(configuration, environ).profile == profile


# -- a resource's own connection


def test_an_own_endpoint_is_meant() -> None:
    """Whatever environment and configuration say."""
    own = ConnectionSpec(endpoint="http://own:1")
    found = resolve({"eci:endpoint": "http://c:1"}, {"ECI_ENDPOINT": "http://e:1"}, own)
    assert found.endpoint == "http://own:1"


def test_an_own_profile_is_meant_whatever_key_the_environment_has() -> None:
    """Else the other account's key would win."""
    found = resolve({"eci:profile": "c"}, KEY, ConnectionSpec(profile="own"))
    assert (found.profile, found.access_key_id, found.access_key_secret) == ("own", "", "")


def test_an_own_role_is_assumed_with_the_stack_s_key() -> None:
    """The key stays the source."""
    found = resolve({}, KEY, ConnectionSpec(role_arn="acs:ram::1:role/x"))
    assert (found.role_arn, found.access_key_id) == ("acs:ram::1:role/x", "id")


@pytest.mark.parametrize(
    ("connection", "account"),
    [
        (ConnectionSpec(), ""),
        (ConnectionSpec(role_arn="acs:ram::1:role/x"), "1"),
        (ConnectionSpec(account_id="2"), "2"),
        (ConnectionSpec(role_arn="acs:ram::1:role/x", account_id="2"), "2"),
        (ConnectionSpec(role_arn="role/x"), ""),
        (ConnectionSpec(role_arn="a:b:c:d"), ""),
    ],
)
def test_the_account_of_a_connection(connection: ConnectionSpec, account: str) -> None:
    """By id, or within the role, as far as it is named."""
    assert connection.account == account


def test_a_connection_shows_no_secret() -> None:
    """Its repr may get into a log."""
    connection = Connection(
        "r",
        "h",
        access_key_id="key-id",
        access_key_secret="key-secret",
        security_token="sts-token",
    )
    assert not [part for part in ("key-id", "key-secret", "sts-token") if part in repr(connection)]


def test_equal_connections_are_one_key() -> None:
    """A lifecycle is found by its connection; a rotated key is another one."""
    assert len({resolve({}, KEY), resolve({}, dict(KEY))}) == 1
    rotated = {**KEY, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "rotated"}
    assert resolve({}, KEY) != resolve({}, rotated)
