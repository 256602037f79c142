"""One lifecycle for each connection, and the poll interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from eci_emulator.core import Emulator
from pulumi_eci.api.connection import Connection
from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.api.gateway import Gateway
from pulumi_eci.model.spec import ConnectionSpec, ImageCacheSpec
from pulumi_eci.operations.connections import Connections
from tests.support.memory import ManualTime, MemoryGateway, make_emulator

Make = Callable[..., Connections]
SPEC = ImageCacheSpec("cn-hangzhou", ("nginx",), "web")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Return a fresh emulator whose builds take a minute."""
    emulator = make_emulator(build_seconds=60.0)
    yield emulator
    emulator.close()


@pytest.fixture
def opened() -> list[Connection]:
    """Return the list of connections for which gateways are created."""
    return []


@pytest.fixture
def make(emulator: Emulator, opened: list[Connection]) -> Make:
    """Return a function that creates connections over the emulator."""

    def gateway(connection: Connection) -> Gateway:
        opened.append(connection)
        return MemoryGateway(emulator, connection.region)

    def make(configuration: dict[str, str], environ: dict[str, str]) -> Connections:
        return Connections(configuration.get, environ, ManualTime(emulator.clock), gateway)

    return make


def test_a_connection_has_one_lifecycle(make: Make, opened: list[Connection]) -> None:
    connections = make({}, {})
    assert connections.lifecycle(SPEC) is connections.lifecycle(SPEC)
    assert [connection.region for connection in opened] == ["cn-hangzhou"]


def test_two_regions_have_two_lifecycles(make: Make) -> None:
    connections = make({}, {})
    assert connections.lifecycle(SPEC) is not connections.lifecycle(
        replace(SPEC, region="cn-beijing")
    )


def test_a_connection_of_a_resource_has_its_own_lifecycle(make: Make) -> None:
    connections = make({}, {})
    own = replace(SPEC, connection=ConnectionSpec(profile="other"))
    assert connections.lifecycle(SPEC) is not connections.lifecycle(own)
    assert connections.lifecycle(own) is connections.lifecycle(own)


def test_the_default_region_is_that_of_the_connection_settings(make: Make) -> None:
    assert make({"eci:region": "cn-beijing"}, {}).region == "cn-beijing"


def test_an_incomplete_key_is_reported_before_a_gateway_is_created(
    make: Make, opened: list[Connection]
) -> None:
    with pytest.raises(ConfigurationError):
        make({"eci:accessKey": "id"}, {}).lifecycle(SPEC)
    assert opened == []


@pytest.mark.parametrize(
    ("configuration", "environ", "looks"),
    [
        ({}, {}, range(12, 18)),
        ({"eci:pollSeconds": "0.5"}, {}, range(100, 150)),
        ({"eci:pollSeconds": "300"}, {"ECI_POLL_SECONDS": "0.5"}, range(100, 150)),
        ({"eci:pollSeconds": "60"}, {}, range(10, 18)),
    ],
    ids=["by default", "as configured", "the environment first", "not longer at first"],
)
def test_the_number_of_describe_calls(
    make: Make,
    emulator: Emulator,
    configuration: dict[str, str],
    environ: dict[str, str],
    looks: range,
) -> None:
    make(configuration, environ).lifecycle(SPEC).create(SPEC, 3600.0, print)
    actions = [entry["action"] for entry in emulator.journal.entries()]
    assert actions.count("DescribeImageCaches") in looks


@pytest.mark.parametrize("text", ["often", "0", "0.04", "301", "-1", "nan", "inf"])
def test_a_poll_interval_out_of_range_is_an_error(make: Make, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"from 0\.05 to 300"):
        make({"eci:pollSeconds": text}, {}).lifecycle(SPEC)


@pytest.mark.parametrize(
    ("configuration", "environ", "per_minute"),
    [
        ({}, {}, 200),
        ({"eci:createsPerMinute": "50"}, {}, 50),
        ({"eci:createsPerMinute": "50"}, {"ECI_CREATES_PER_MINUTE": "70"}, 70),
    ],
    ids=["as documented", "as configured", "the environment first"],
)
def test_all_connections_share_one_rate_limit(
    make: Make, configuration: dict[str, str], environ: dict[str, str], per_minute: int
) -> None:
    connections = make(configuration, environ)
    one, other = (
        connections.lifecycle(replace(SPEC, region=region))._client.budget
        for region in ("cn-hangzhou", "cn-beijing")
    )
    assert one is other
    assert one.per_minute == per_minute


@pytest.mark.parametrize("text", ["many", "0", "-1", "6001", "1.5", "nan", "1e3", "٣"])
def test_a_rate_limit_out_of_range_is_an_error(make: Make, text: str) -> None:
    with pytest.raises(ConfigurationError, match="a whole number from 1 to 6000"):
        make({"eci:createsPerMinute": text}, {}).lifecycle(SPEC)


def test_all_problems_of_the_stack_s_settings_are_found_before_any_operation(make: Make) -> None:
    settings = {
        "eci:endpoint": "not a host",
        "eci:accessKey": "half",
        "alicloud:assumeRole": "{}]",
        "alicloud:endpoints": "{}]",
        "eci:pollSeconds": "-1",
        "eci:createsPerMinute": "2.0",
    }
    found = make(settings, {}).problems(SPEC)
    assert len(found) == len(settings)
    assert [name for name, text in zip(settings, found, strict=True) if name not in text] == []


def test_a_setting_that_a_resource_does_not_use_is_not_its_problem(make: Make) -> None:
    settings = {"eci:endpoint": "not a host", "eci:accessKey": "half", "eci:assumeRole": "{"}
    connections = make(settings, {})
    own = ConnectionSpec(endpoint="http://own:1", profile="ops")
    assert len(connections.problems(SPEC)) == 3
    assert connections.problems(replace(SPEC, connection=own)) == []
    assert connections.problems(replace(SPEC, unknown=frozenset({"connection"}))) == []


def test_an_endpoint_of_another_region_is_reported_once(make: Make) -> None:
    connections = make({"eci:endpoint": "eci.cn-beijing.aliyuncs.com"}, {})
    unknown = replace(SPEC, unknown=frozenset({"connection"}))
    own = replace(SPEC, connection=ConnectionSpec(endpoint="eci.{region}.aliyuncs.com"))
    beijing = replace(SPEC, region="cn-beijing")
    assert [connections.warning(spec) for spec in (unknown, own, beijing)] == [""] * 3
    warning = connections.warning(SPEC)
    assert "cn-beijing" in warning
    assert "{region}" in warning
    assert connections.warning(SPEC) == ""
    assert connections.warning(replace(SPEC, region="cn-shanghai"))
