"""Features of the plugin over gRPC that the dynamic host does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from eci_emulator.core import Emulator
from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from pulumi_eci.engine import DYNAMIC_PROVIDER, PROVIDER_KEY
from pulumi_eci.model.fields import PENDING_TAG
from pulumi_eci.model.spec import UNKNOWN
from pulumi_eci.native import settings
from pulumi_eci.native.codec import Secrets, decode, encode
from tests.support.provider_process import (
    REGION,
    WEB,
    CallFailedError,
    Door,
    Properties,
    Provider,
    inputs,
    sent,
)
from tests.support.provider_start import running_door

LOGIN = {"server": "registry.example.com", "userName": "robot", "password": "hunter2-unique"}
Kind = provider_pb2.PropertyDiff


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Provider, RunningEmulator]]:
    folder = tmp_path_factory.mktemp("native")
    with running(Settings(build_seconds=0.1, failing_images=("broken*",))) as api:
        config = {"eci:endpoint": api.url, "eci:region": REGION}
        with running_door(Door.NATIVE, folder, "127.0.0.1:1", config) as provider:
            yield provider, api


@pytest.fixture
def plugin(setup: tuple[Provider, RunningEmulator]) -> Provider:
    return setup[0]


@pytest.fixture
def eci(setup: tuple[Provider, RunningEmulator]) -> Emulator:
    setup[1].emulator.reset()
    return setup[1].emulator


def call(plugin: Provider, method: str, **request: Any) -> Any:  # noqa: ANN401 - protobuf is untyped
    """Make a call; dicts among the arguments are encoded as properties."""
    kind = {"Diff": "DiffRequest", "CheckConfig": "CheckRequest", "DiffConfig": "DiffRequest"}
    made = getattr(provider_pb2, kind.get(method, f"{method}Request"))(
        **{k: encode(v) if isinstance(v, dict) else v for k, v in request.items()}
    )
    return plugin._call(method, made)


# -- previews and diffs


def test_a_preview_shows_outputs_and_makes_no_call(plugin: Provider, eci: Emulator) -> None:
    news = inputs(tags={"a": UNKNOWN, "b": "1"}, imageRegistryCredentials=[LOGIN])
    reply = call(plugin, "Create", urn=WEB, properties=news, preview=True)
    outputs = decode(reply.properties)
    assert outputs.values["tags"] == {"a": UNKNOWN, "b": "1"}
    assert outputs.values["imageCacheSize"] == 20
    assert [outputs.values[n] for n in ("status", "snapshotId", "containerGroupId")] == [
        UNKNOWN
    ] * 3
    assert outputs.values["registryLogins"] == [{k: LOGIN[k] for k in ("server", "userName")}]
    assert outputs.secrets["registryLogins"] is True
    assert "imageRegistryCredentials" not in outputs.values
    assert eci.journal.entries() == []


@pytest.mark.parametrize(
    ("change", "is_known"), [({"retentionDays": 3}, True), ({"images": ["redis:7"]}, False)]
)
def test_a_preview_of_an_update_shows_the_snapshot_unless_it_is_rebuilt(
    plugin: Provider, change: Properties, is_known: bool
) -> None:
    olds = {**inputs(), "status": "Ready", "snapshotId": "s-1", "containerGroupId": "eci-1"}
    news = inputs(**change)
    reply = call(plugin, "Update", id="imc-1", urn=WEB, olds=olds, news=news, preview=True)
    outputs = decode(reply.properties).values
    assert outputs["snapshotId"] == ("s-1" if is_known else UNKNOWN)
    assert outputs.items() >= news.items()


READY = {"status": "Ready", "snapshotId": "s-1"}


@pytest.mark.parametrize(
    ("old", "new", "outputs", "expected"),
    [
        ({}, {"retentionDays": 3}, {}, {"retentionDays": Kind.ADD}),
        ({"retentionDays": 3}, {}, {}, {"retentionDays": Kind.DELETE}),
        (
            {"images": ["a:1", "b:1", "c:1"]},
            {"images": ["c:1", "b:2"]},
            {},
            {"images[0]": Kind.DELETE, "images[1]": Kind.UPDATE},
        ),
        (
            {"tags": {"a": "1", "b.c": "1"}},
            {"tags": {"a": "2", "d": "1"}},
            {},
            {"tags.a": Kind.UPDATE, 'tags["b.c"]': Kind.DELETE, "tags.d": Kind.ADD},
        ),
        ({}, {"zoneId": "z"}, {}, {"zoneId": Kind.ADD_REPLACE}),
        (
            {"rebuildTriggers": {"a": [1, True]}},
            {"rebuildTriggers": {"a": [1, 1]}},
            {},
            {"rebuildTriggers.a[1]": Kind.UPDATE},
        ),
        ({"images": ["a:1", "b:1"]}, {"images": ["b:1", "a:1"]}, {}, {}),
        ({"skipAwait": True}, {}, {}, {}),
        ({}, {}, {"status": "UpdateFailed"}, {"status": Kind.UPDATE}),
        ({}, {}, {"status": "Failed"}, {"status": Kind.UPDATE_REPLACE}),
        ({}, {}, {"retentionDays": 3}, {"retentionDays": Kind.UPDATE}),
        ({}, {"imageCacheSize": UNKNOWN}, {}, {"imageCacheSize": Kind.ADD}),
        (
            {"imageRegistryCredentials": [LOGIN]},
            {"imageRegistryCredentials": [{**LOGIN, "userName": "another"}]},
            {"registryLogins": [{k: LOGIN[k] for k in ("server", "userName")}]},
            {"imageRegistryCredentials": Kind.UPDATE},
        ),
    ],
)
def test_a_diff_names_each_path(
    plugin: Provider,
    old: Properties,
    new: Properties,
    outputs: Properties,
    expected: Mapping[str, int],
) -> None:
    old_inputs = inputs(**old)
    olds = {k: v for k, v in old_inputs.items() if k != "imageRegistryCredentials"}
    reply = call(
        plugin,
        "Diff",
        id="imc-1",
        urn=WEB,
        olds={**olds, **READY, **outputs},
        old_inputs=old_inputs,
        news=inputs(**new),
    )
    assert reply.hasDetailedDiff
    assert {path: diff.kind for path, diff in reply.detailedDiff.items()} == expected
    some = provider_pb2.DiffResponse.DIFF_SOME if expected else provider_pb2.DiffResponse.DIFF_NONE
    assert reply.changes == some
    assert bool(reply.replaces) == any(kind % 2 for kind in expected.values())


# -- secrets


@pytest.mark.parametrize(
    ("given", "marks"),
    [
        ({}, {"imageRegistryCredentials": True}),
        ({"tags": {"a": True}}, {"imageRegistryCredentials": True, "tags": {"a": True}}),
        ({"images": True}, {"imageRegistryCredentials": True, "images": True}),
    ],
)
def test_secrets_stay_secret(
    plugin: Provider, eci: Emulator, given: dict[str, Secrets], marks: dict[str, Secrets]
) -> None:
    news = inputs(tags={"a": "1", "b": "2"}, imageRegistryCredentials=[LOGIN])
    checked = plugin._call(
        "Check", provider_pb2.CheckRequest(urn=WEB, name="web", news=encode(news, given))
    )
    assert decode(checked.inputs).secrets == marks
    created = plugin._call("Create", provider_pb2.CreateRequest(urn=WEB, properties=checked.inputs))
    outputs = decode(created.properties)
    assert outputs.secrets == {**given, "registryLogins": True}
    request = provider_pb2.ReadRequest(
        id=created.id, urn=WEB, properties=created.properties, inputs=checked.inputs
    )
    assert plugin._call("Read", request).properties == created.properties
    eci.edit(created.id, {"elimination_strategy": "LRU"})
    drifted = plugin._call("Read", request)
    assert decode(drifted.properties).secrets == outputs.secrets
    assert decode(drifted.inputs).secrets == marks


def test_a_failed_creation_keeps_secrets_secret(plugin: Provider, eci: Emulator) -> None:
    del eci
    news = encode(inputs(images=["broken:1"], tags={"a": "1"}), {"tags": {"a": True}})
    with pytest.raises(CallFailedError) as caught:
        plugin._call("Create", provider_pb2.CreateRequest(urn=WEB, properties=news))
    assert caught.value.partial is not None
    kept = decode(caught.value.partial.properties)
    assert kept.values["status"] == "Failed"
    assert kept.secrets == {"tags": {"a": True}}


# -- configuration


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"region": REGION, "pollSeconds": "2", "createsPerMinute": 60, "version": "1"}, []),
        ({"region": UNKNOWN, "endpoint": UNKNOWN}, []),
        (
            {"regoin": REGION, "trackDigests": "yes", "pollSeconds": 0},
            ["regoin: unknown setting; did you mean `region`?", "eci:poll", "eci:trackDigests"],
        ),
        ({"region": "Hangzhou/1"}, ["region: must be the id of a region, such as cn-hangzhou"]),
        ({"endpoint": "not a host", "region": "?"}, ["region: must be", "eci:endpoint"]),
    ],
)
def test_settings_are_checked(plugin: Provider, given: Properties, words: list[str]) -> None:
    reply = call(plugin, "CheckConfig", urn="urn:provider", news=given)
    assert decode(reply.inputs).values == given
    assert len(reply.failures) == len(words)
    for failure, word in zip(reply.failures, words, strict=True):
        assert failure.reason.startswith(word)
        assert not failure.property


@pytest.mark.parametrize(("name", "fails"), [("mine", True), ("default_0_1_0", False)])
def test_a_project_called_eci_may_have_its_own_keys(
    plugin: Provider, name: str, fails: bool
) -> None:
    urn = f"urn:pulumi:dev::eci::pulumi:providers:eci::{name}"
    reply = call(plugin, "CheckConfig", urn=urn, news={"greeting": "hello"})
    assert bool(reply.failures) == fails


@pytest.mark.parametrize(("name", "fails"), [("mine", True), ("default_0_1_0", False)])
def test_arguments_of_an_explicit_provider_take_precedence_over_the_environment(
    plugin: Provider, name: str, fails: bool
) -> None:
    urn = f"urn:pulumi:dev::shop::pulumi:providers:eci::{name}"
    reply = call(plugin, "CheckConfig", urn=urn, news={"pollSeconds": 0})
    assert bool(reply.failures) == fails


def test_credentials_of_the_environment_are_not_mixed_with_explicit_ones() -> None:
    environ = {"ALIBABA_CLOUD_SECURITY_TOKEN": "t", "ALICLOUD_REGION": REGION, "HOME": "/"}
    given = {"accessKey": "a", "secretKey": "b"}
    assert settings.environment(given, environ, "urn::mine") == {
        "ALICLOUD_REGION": REGION,
        "HOME": "/",
    }
    assert settings.environment({"region": REGION}, environ, "urn::mine") == environ


def test_credentials_in_settings_are_secret(plugin: Provider) -> None:
    given = {"accessKey": "a", "secretKey": "b", "securityToken": "c", "region": REGION}
    reply = call(plugin, "CheckConfig", urn="urn:provider", news=given)
    assert set(decode(reply.inputs).secrets) == {"accessKey", "secretKey", "securityToken"}


def test_changed_settings_replace_nothing(plugin: Provider) -> None:
    old, new = {"region": REGION, "createsPerMinute": 60}, {"region": "cn-beijing", "x": "y"}
    reply = call(plugin, "DiffConfig", urn="urn:provider", old_inputs=old, news=new)
    assert list(reply.diffs) == ["region", "createsPerMinute"]
    assert not reply.replaces
    assert {diff.kind for diff in reply.detailedDiff.values()} == {Kind.UPDATE}


def test_numbers_in_the_settings_may_be_text(tmp_path: Path) -> None:
    config = {"eci:createsPerMinute": "0", "eci:region": REGION}
    with running_door(
        Door.NATIVE, tmp_path, "127.0.0.1:1", config, ECI_CREATES_PER_MINUTE=""
    ) as plugin:
        (failure,) = plugin.check(inputs()).failures
    assert failure.reason.startswith("eci:createsPerMinute")


# -- import


def test_check_and_diff_accept_the_inputs_of_an_import_unchanged(
    plugin: Provider, eci: Emulator
) -> None:
    found = {"name": "made-by-hand", "images": ["redis:7"], "size": 40, "tags": {"owner": "ops"}}
    (cache_id,) = eci.seed({**found, "elimination_strategy": "LRU", "retention_days": 3})
    read = call(plugin, "Read", id=cache_id, urn=WEB)
    assert read.id == cache_id
    news = decode(read.inputs).values
    assert news == {
        "region": REGION,
        "images": ["redis:7"],
        "imageCacheName": "made-by-hand",
        "imageCacheSize": 40,
        "eliminationStrategy": "LRU",
        "tags": {"owner": "ops"},
    }
    assert decode(call(plugin, "Check", urn=WEB, olds=news, news=news).inputs).values == news
    assert diff_of_imported(plugin, read, news) == {}


def diff_of_imported(
    plugin: Provider, read: provider_pb2.ReadResponse, news: Properties
) -> dict[str, int]:
    reply = call(
        plugin,
        "Diff",
        id=read.id,
        urn=WEB,
        olds=read.properties,
        old_inputs=read.inputs,
        news=news,
    )
    return {path: diff.kind for path, diff in reply.detailedDiff.items()}


def test_hidden_properties_of_an_imported_cache_replace_nothing(
    plugin: Provider, eci: Emulator
) -> None:
    (cache_id,) = eci.seed({"name": "theirs", "images": ["redis:7"]})
    read = call(plugin, "Read", id=cache_id, urn=WEB)
    unseen = {"zoneId": "z", "flash": True, "standardCopyCount": 3, "insecureRegistry": "r.io"}
    news = {**decode(read.inputs).values, **unseen, "vswitchId": "vsw-1"}
    assert diff_of_imported(plugin, read, news) == {"vswitchId": Kind.ADD}
    olds = decode(read.properties).values
    changed = call(
        plugin,
        "Diff",
        id=cache_id,
        urn=WEB,
        olds=olds,
        old_inputs=news,
        news={**news, "zoneId": "y"},
    )
    assert changed.detailedDiff["zoneId"].kind == Kind.UPDATE_REPLACE
    old_inputs = decode(read.inputs).values
    updated = plugin.update(cache_id, olds, news, old_inputs=old_inputs)
    assert not [call for call in sent(eci, "UpdateImageCache") if "Image.1" in call]
    assert updated.items() >= unseen.items()
    assert plugin.diff(cache_id, updated, news).changes == provider_pb2.DiffResponse.DIFF_NONE
    replaced = plugin.diff(cache_id, updated, {**news, "zoneId": "y"}, old_inputs=news)
    assert list(replaced.replaces) == ["zoneId"]


def test_an_imported_cache_with_a_tag_of_an_adoption_can_be_deleted(
    plugin: Provider, eci: Emulator
) -> None:
    (cache_id,) = eci.seed({"name": "theirs", "tags": {"pulumi-eci-adopted": "long-ago"}})
    read = call(plugin, "Read", id=cache_id, urn=WEB)
    assert "tags" not in decode(read.inputs).values
    call(plugin, "Delete", id=cache_id, urn=WEB, properties=read.properties)
    assert eci.caches() == []


def test_an_id_may_contain_its_region(plugin: Provider, eci: Emulator) -> None:
    (cache_id,) = eci.seed({"name": "far-away", "region": "cn-beijing"})
    read = call(plugin, "Read", id=f"cn-beijing/{cache_id}", urn=WEB)
    assert (read.id, decode(read.inputs).values["region"]) == (cache_id, "cn-beijing")
    with pytest.raises(CallFailedError) as caught:
        call(plugin, "Read", id=cache_id, urn=WEB)
    assert caught.value.message.startswith(f"{cache_id} does not exist in {REGION}")
    assert f"<region>/{cache_id}" in caught.value.message


# -- functions and lists


CACHES = (
    {"id": "imc-a", "name": "team-a", "images": ["nginx:1", "redis:7"], "tags": {"team": "a"}},
    {"id": "imc-b", "name": "team-b", "images": ["redis:7"], "tags": {"team": "b", "x": ""}},
    {"id": "imc-c", "name": "other", "images": ["nginx:2"], "status": "Failed"},
    {"id": "imc-d", "name": "far", "images": ["nginx:1"], "region": "cn-beijing"},
)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, ["imc-c", "imc-a", "imc-b"]),
        ({"name": "team-*"}, ["imc-a", "imc-b"]),
        ({"name": "other"}, ["imc-c"]),
        ({"image": "docker.io/library/nginx:1"}, ["imc-a"]),
        ({"status": "Failed"}, ["imc-c"]),
        ({"tags": {"team": "b"}}, ["imc-b"]),
        ({"tags": {"team": "", "x": ""}}, ["imc-b"]),
        ({"match": ["redis:7", "nginx:1", "unknown:1"]}, ["imc-a", "imc-b"]),
        ({"match": ["redis:7"], "status": "Ready", "name": "*b"}, ["imc-b"]),
        ({"region": "cn-beijing"}, ["imc-d"]),
        ({"name": "nothing"}, []),
    ],
)
def test_caches_are_found(
    plugin: Provider, eci: Emulator, args: Properties, expected: list[str]
) -> None:
    eci.seed(*CACHES)
    reply = call(plugin, "Invoke", tok="eci:index:getImageCaches", args=args)
    found = decode(getattr(reply, "return")).values["caches"]
    assert [cache["id"] for cache in found] == expected
    results = call_list(plugin, args)
    prefix = "cn-beijing/" if "region" in args else ""
    assert sorted(results) == sorted(prefix + each for each in expected)


def call_list(plugin: Provider, query: Properties, **more: Any) -> list[str]:  # noqa: ANN401
    request = provider_pb2.ListRequest(token="eci:index:ImageCache", query=encode(query), **more)
    ids = list[str]()
    while True:
        token = ""
        for each in plugin.stub.List(request, timeout=60):
            if each.HasField("result"):
                ids.append(each.result.id)
            token = each.continuation.continuation_token
        if not token or 0 < request.limit <= len(ids):
            return ids
        request.continuation_token = token


def test_a_list_continues_after_the_end_of_a_page(plugin: Provider, eci: Emulator) -> None:
    eci.seed(*({"name": f"cache-{number}"} for number in range(230)))
    assert len(set(call_list(plugin, {}))) == 230
    assert len(call_list(plugin, {}, limit=7)) == 7
    assert len(set(call_list(plugin, {}, limit=130))) == 130


def test_a_function_returns_one_cache(plugin: Provider, eci: Emulator) -> None:
    eci.seed(*CACHES)
    reply = call(plugin, "Invoke", tok="eci:index:getImageCache", args={"id": "imc-b"})
    found = decode(getattr(reply, "return")).values
    assert found["imageCacheName"] == "team-b"
    assert found["tags"] == {"team": "b", "x": ""}
    with pytest.raises(CallFailedError, match="imc-d does not exist in cn-hangzhou"):
        call(plugin, "Invoke", tok="eci:index:getImageCache", args={"id": "imc-d"})
    far = call(
        plugin,
        "Invoke",
        tok="eci:index:getImageCache",
        args={"id": "imc-d", "region": "cn-beijing"},
    )
    assert decode(getattr(far, "return")).values["region"] == "cn-beijing"


@pytest.mark.parametrize(
    ("tok", "args", "words"),
    [
        ("eci:index:getImageCaches", {"nmae": "x"}, "nmae: unknown argument"),
        ("eci:index:getImageCaches", {"match": "x", "tags": []}, "match: must be a list"),
        ("eci:index:getImageCache", {}, "id: required"),
        ("eci:index:getNothing", {}, "no function eci:index:getNothing"),
    ],
)
def test_invalid_calls_of_functions_are_reported(
    plugin: Provider, tok: str, args: Properties, words: str
) -> None:
    with pytest.raises(CallFailedError, match=words):
        call(plugin, "Invoke", tok=tok, args=args)


# -- the process


def test_outputs_contain_the_provider_for_a_move_to_the_dynamic_provider(
    plugin: Provider, eci: Emulator
) -> None:
    del eci
    reply = call(plugin, "Create", urn=WEB, properties=inputs())
    assert decode(reply.properties).values[PROVIDER_KEY] == DYNAMIC_PROVIDER


def test_cancel_removes_the_pending_tag(plugin: Provider, eci: Emulator) -> None:
    plugin.create(inputs())
    assert PENDING_TAG in eci.caches()[0]["tags"]
    plugin._call("Cancel", empty_pb2.Empty())
    assert PENDING_TAG not in eci.caches()[0]["tags"]


def test_an_unknown_resource_is_rejected(plugin: Provider) -> None:
    with pytest.raises(CallFailedError, match="no resource eci:index:Nothing"):
        call(plugin, "Check", urn=WEB, type="eci:index:Nothing", news=inputs())


def test_an_unknown_component_is_rejected(plugin: Provider) -> None:
    with pytest.raises(CallFailedError, match="no component eci:index:Nothing"):
        call(plugin, "Construct", type="eci:index:Nothing")


@pytest.mark.parametrize("method", ["Call", "Parameterize", "GetMapping"])
def test_an_unimplemented_method_causes_no_traceback(plugin: Provider, method: str) -> None:
    with pytest.raises(CallFailedError, match="not implemented"):
        call(plugin, method)
    assert "Traceback" not in plugin.output()
