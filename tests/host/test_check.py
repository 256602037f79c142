"""Check over gRPC: it sets defaults and reports all problems at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pulumi.runtime.proto import provider_pb2

from tests.support.fake_engine import FakeEngine
from tests.support.provider_process import REGION, Provider, as_dict, inputs
from tests.support.provider_start import running_provider

Autonaming = provider_pb2.CheckRequest.AutonamingOptions
UNNAMED = inputs(imageCacheName=None)
SECRET = "hunter2-unique"


def name_of(reply: provider_pb2.CheckResponse) -> str:
    """Return the name of a check without failures."""
    assert [failure.reason for failure in reply.failures] == []
    name = as_dict(reply.inputs)["imageCacheName"]
    assert isinstance(name, str)
    return name


def reasons(reply: provider_pb2.CheckResponse) -> list[str]:
    """Return the reasons of all failures. No failure names a property; another test checks this."""
    return [failure.reason for failure in reply.failures]


def test_valid_inputs_come_back_unchanged(provider: Provider) -> None:
    login = {"server": "registry.example.com", "userName": "robot", "password": SECRET}
    news = inputs(
        tags={"team": "web"}, retentionDays=7, flash=True, imageRegistryCredentials=[login]
    )
    reply = provider.check(news)
    assert reasons(reply) == []
    assert as_dict(reply.inputs) == news


def test_invalid_settings_of_the_stack_are_failures_of_each_resource(tmp_path: Path) -> None:
    with running_provider(
        tmp_path, "127.0.0.1:1", {"eci:region": REGION, "eci:endpoint": "not a host"}
    ) as provider:
        found = reasons(provider.check(inputs(images=[])))
    assert [reason.split()[0] for reason in found] == ["images:", "eci:endpoint"]


def test_misspelt_and_invalid_settings_are_reported_together(tmp_path: Path) -> None:
    config = {"eci:pollSecond": "1", "eci:trackDigests": "yes", "eci:endpoint": "not a host"}
    config["eci:shopVersion"] = "the program's own"
    with running_provider(tmp_path, "127.0.0.1:1", {"eci:region": REGION, **config}) as provider:
        found = reasons(provider.check(inputs()))
    keys = sorted(reason.split()[0].rstrip(":") for reason in found)
    assert keys == ["eci:endpoint", "eci:pollSecond", "eci:trackDigests"]
    assert "did you mean `eci:pollSeconds`" in found[0]


@pytest.mark.parametrize(("region", "found"), [(None, REGION), ("cn-beijing", "cn-beijing")])
def test_the_region_comes_from_the_configuration_if_the_program_sets_none(
    provider: Provider, region: str | None, found: str
) -> None:
    assert as_dict(provider.check(inputs(region=region)).inputs)["region"] == found


def test_the_name_depends_on_the_seed(provider: Provider) -> None:
    first, again, other = (
        name_of(provider.check(UNNAMED, seed=seed)) for seed in (b"one", b"one", b"two")
    )
    assert first == again != other
    assert first.startswith("web-")


def test_an_old_name_is_kept(provider: Provider) -> None:
    olds = inputs(imageCacheName="web-from-long-ago")
    assert name_of(provider.check(UNNAMED, olds, seed=b"new")) == "web-from-long-ago"
    assert name_of(provider.check(inputs(imageCacheName="shop"), olds)) == "shop"


def test_unchanged_images_keep_their_order_in_state(provider: Provider) -> None:
    olds = inputs(images=["a:1", "b:1", "c:1"])
    reply = provider.check(inputs(images=["c:1", "docker.io/library/a:1", "x:1"]), olds)
    assert as_dict(reply.inputs)["images"] == ["docker.io/library/a:1", "x:1", "c:1"]


@pytest.mark.parametrize(
    ("mode", "name"), [(Autonaming.PROPOSE, "team-web"), (Autonaming.ENFORCE, "Team_Web")]
)
def test_autonaming_is_respected(provider: Provider, mode: int, name: str) -> None:
    wish = Autonaming(proposed_name="Team_Web", mode=mode)  # type: ignore[arg-type]
    assert name_of(provider.check(UNNAMED, autonaming=wish)) == name


def test_with_autonaming_off_a_name_is_required(provider: Provider) -> None:
    reply = provider.check(UNNAMED, autonaming=Autonaming(mode=Autonaming.DISABLE))
    (reason,) = reasons(reply)
    assert reason.startswith("imageCacheName: required")


def test_all_problems_are_reported_at_once_with_their_paths(provider: Provider) -> None:
    reply = provider.check(
        inputs(
            images=["nginx:1.27", "https://docker.io/nginx"],
            retentionDays=0,
            eliminationStrategy="lru",
            tags={"acs:owner": "me"},
            imageRegistryCredentials=[{"server": "https://r.example.com", "userName": "robot"}],
            retentionDay=7,
        )
    )
    assert [reason.partition(": ")[0] for reason in reasons(reply)] == [
        "images[1]",
        "retentionDays",
        "eliminationStrategy",
        'tags["acs:owner"]',
        "imageRegistryCredentials[0].password",
        "imageRegistryCredentials[0].server",
        "retentionDay",
    ]


def test_no_failure_names_a_property_or_repeats_a_value(provider: Provider) -> None:
    # The engine prints the value of a property that a failure names. The value may be a password.
    login = {"server": f"https://{SECRET}", "userName": 1, "password": SECRET, SECRET[:4]: SECRET}
    reply = provider.check(
        inputs(imageRegistryCredentials=[login], annotations=[SECRET], tags={"t": "acs:" + SECRET})
    )
    assert len(reply.failures) >= 4
    assert {failure.property for failure in reply.failures} == {""}
    assert SECRET not in str(list(reply.failures))


def test_check_logs_nothing(provider: Provider, engine: FakeEngine) -> None:
    provider.check(inputs())
    provider.check(inputs(images=[]))
    assert engine.lines == []
