"""From properties to a spec: every problem at once, with its path, and never a value."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_eci.fields import FIELDS, INPUT_NAMES, Kind, snake_case
from pulumi_eci.parse import NO_REGION, parse
from pulumi_eci.spec import (
    UNKNOWN,
    AcrRegistryInfo,
    ConnectionSpec,
    ImageCacheSpec,
    RegistryCredential,
)

GOOD: dict[str, Any] = {"region": "cn-hangzhou", "images": ["nginx:1.27"]}

FULL: dict[str, Any] = {
    "region": "cn-hangzhou",
    "images": ["nginx:1.27", "redis:7"],
    "imageCacheName": "web",
    "securityGroupId": "sg-1",
    "vswitchId": "vsw-1,vsw-2",
    "zoneId": "cn-hangzhou-h",
    "eipInstanceId": "eip-1",
    "resourceGroupId": "rg-1",
    "imageCacheSize": 40.0,
    "retentionDays": 7.0,
    "eliminationStrategy": "LRU",
    "autoMatchImageCache": True,
    "flash": True,
    "standardCopyCount": 2.0,
    "flashCopyCount": 3.0,
    "tags": {"team": "web"},
    "imageRegistryCredentials": [
        {"server": "registry.example.com", "userName": "robot", "password": "hunter2"}
    ],
    "acrRegistryInfos": [
        {
            "instanceId": "cri-1",
            "instanceName": "main",
            "regionId": "cn-hangzhou",
            "domains": ["main.cn-hangzhou.cr.aliyuncs.com"],
            "arnService": "acs:ram::1:role/service",
            "arnUser": "acs:ram::2:role/user",
        }
    ],
    "insecureRegistry": "10.0.0.1:5000",
    "plainHttpRegistry": "10.0.0.2:5000",
    "annotations": "{}",
    "rebuildTriggers": {"run": 7.0},
    "connection": {
        "region": "cn-hangzhou",
        "endpoint": "http://127.0.0.1:8642",
        "profile": "live",
        "roleArn": "acs:ram::1:role/deployer",
        "accountId": "1",
    },
    "adopt": "imc-1",
    "skipAwait": True,
    "onMissing": "ignore",
}

EMPTY: dict[str, Any] = vars(ImageCacheSpec())

MARKER = "XX-marker-7f3a-XX"


def problems(**changes: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - anything may be passed
    """Return path and reason of each problem of good properties with *changes*."""
    return [(problem.path, problem.reason) for problem in parse({**GOOD, **changes}).problems]


def paths(**changes: Any) -> list[str]:  # noqa: ANN401 - anything may be passed
    """Return the paths alone."""
    return [path for path, _ in problems(**changes)]


# -- the happy path


def test_good_properties_have_no_problem() -> None:
    """A region and an image are enough."""
    assert problems() == []


def test_every_property_at_once_has_no_problem() -> None:
    """All arguments go together."""
    assert parse(FULL).problems == ()


def test_every_property_has_a_place_in_the_full_example() -> None:
    """A new property needs a good value here."""
    assert set(FULL) == set(INPUT_NAMES)


def test_every_property_reaches_the_spec() -> None:
    """Names, numbers and objects in the spelling of Python."""
    assert parse(FULL).spec == ImageCacheSpec(
        region="cn-hangzhou",
        images=("nginx:1.27", "redis:7"),
        image_cache_name="web",
        security_group_id="sg-1",
        vswitch_id="vsw-1,vsw-2",
        zone_id="cn-hangzhou-h",
        eip_instance_id="eip-1",
        resource_group_id="rg-1",
        image_cache_size=40,
        retention_days=7,
        elimination_strategy="LRU",
        auto_match_image_cache=True,
        flash=True,
        standard_copy_count=2,
        flash_copy_count=3,
        tags={"team": "web"},
        image_registry_credentials=(
            RegistryCredential("registry.example.com", "robot", "hunter2"),
        ),
        acr_registry_infos=(
            AcrRegistryInfo(
                "cri-1",
                "main",
                "cn-hangzhou",
                ("main.cn-hangzhou.cr.aliyuncs.com",),
                "acs:ram::1:role/service",
                "acs:ram::2:role/user",
            ),
        ),
        insecure_registry="10.0.0.1:5000",
        plain_http_registry="10.0.0.2:5000",
        annotations="{}",
        rebuild_triggers={"run": 7.0},
        connection=ConnectionSpec(
            "cn-hangzhou", "http://127.0.0.1:8642", "live", "acs:ram::1:role/deployer", "1"
        ),
        adopt="imc-1",
        skip_await=True,
        on_missing="ignore",
    )


def test_absent_and_null_properties_read_as_defaults() -> None:
    """The SDK sends null for every argument that is left out."""
    absent = dict.fromkeys(INPUT_NAMES)
    assert parse({**absent, **GOOD}).spec == parse(GOOD).spec


def test_several_problems_come_together() -> None:
    """One run shows everything that is wrong."""
    found = parse(
        {
            "images": ["https://nginx", "red is"],
            "imageCacheSize": 1,
            "eliminationStrategy": "lru",
            "tags": {"aliyun": "x"},
            "retention_day": 3,
        }
    ).problems
    assert [problem.path for problem in found] == [
        "region",
        "images[0]",
        "images[1]",
        "imageCacheSize",
        "eliminationStrategy",
        "tags.aliyun",
        "retention_day",
    ]


def test_a_missing_region_says_where_one_may_be_set() -> None:
    """Argument, configuration or environment."""
    (problem,) = parse({"images": ["nginx"]}).problems
    assert problem.path == "region"
    assert "`pulumi config set eci:region" in problem.reason
    assert "ALIBABA_CLOUD_REGION_ID" in problem.reason


LOGIN = {"server": "r.example.com", "userName": "me", "password": "pa55-w0rd"}


@pytest.mark.parametrize(
    ("name", "value", "path", "reason"),
    [
        ("zoneId", 5, "", "must be a string"),
        ("flash", "yes", "", "must be true or false"),
        ("images", "nginx", "", "must be a list"),
        ("tags", ["a"], "", "must be a map from tag keys to tag values"),
        (
            "tags",
            {"pulumi-eci-adopted": "x"},
            '["pulumi-eci-adopted"]',
            "the key is the provider's own, for caches that were adopted",
        ),
        (
            "imageRegistryCredentials",
            [LOGIN] * 11,
            "",
            "11 credentials: a cache takes at most 10",
        ),
        (
            "imageRegistryCredentials",
            [{**LOGIN, "userName": 5}],
            "[0].userName",
            "must be a string",
        ),
        ("acrRegistryInfos", [{"instanceId": 5}], "[0].instanceId", "must be a string"),
        (
            "acrRegistryInfos",
            [{"instanceId": "cri-1", "domains": "one"}],
            "[0].domains",
            "must be a list",
        ),
    ],
)
def test_a_wrong_shape_is_told_in_these_words(
    name: str, value: object, path: str, reason: str
) -> None:
    """One problem, with the path of the place, and what belongs there."""
    assert problems(**{name: value}) == [(name + path, reason)]


def test_of_broken_and_unknown_members_the_rest_is_read() -> None:
    """Old state, or a preview, is read as far as it goes, and no stand-in is taken for a value."""
    spec = parse(
        {
            **GOOD,
            "imageRegistryCredentials": [{**LOGIN, "userName": UNKNOWN}],
            "acrRegistryInfos": [{"instanceId": "cri-1", "domains": [5, UNKNOWN, "one"]}],
        }
    ).spec
    assert spec.image_registry_credentials[0].user_name == ""
    assert spec.acr_registry_infos[0].domains == ("one",)


# -- images


@pytest.mark.parametrize("images", [None, []])
def test_a_cache_needs_an_image(images: list[str] | None) -> None:
    """Absent and empty are the same mistake."""
    assert problems(images=images) == [
        ("images", "required: name 1 to 20 container images"),
    ]


def test_a_cache_takes_20_images() -> None:
    """The documented limit itself."""
    assert problems(images=[f"nginx:{n}" for n in range(20)]) == []


def test_a_cache_takes_no_21_images() -> None:
    """One more than the documented limit."""
    assert problems(images=[f"nginx:{n}" for n in range(21)]) == [
        ("images", "21 images: a cache takes at most 20")
    ]


def test_a_repeated_image_counts_once() -> None:
    """The cache is the same."""
    parsed = parse({**GOOD, "images": ["nginx", "redis", *["nginx"] * 20]})
    assert (parsed.problems, parsed.spec.images) == ((), ("nginx", "redis"))


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("", "is empty: name a container image, such as nginx:1.27"),
        ("  ", "is empty: name a container image, such as nginx:1.27"),
        ("ng inx", "must not contain white space"),
        ("nginx\n", "must not contain white space"),
        (
            "https://registry.example.com/nginx",
            "must not contain a scheme (`https://`): begin with the registry's host",
        ),
        (7.0, "must be a string"),
        (None, "must be a string"),
        (["nginx"], "must be a string"),
    ],
)
def test_an_image_that_is_none_is_named_by_its_place(image: object, reason: str) -> None:
    """The path says which one."""
    assert problems(images=["redis", image]) == [("images[1]", reason)]


# -- tags


def test_a_cache_takes_20_tags() -> None:
    """The documented limit itself."""
    assert problems(tags={f"k{n}": "v" for n in range(20)}) == []


def test_a_cache_takes_no_21_tags() -> None:
    """One more than the documented limit."""
    assert problems(tags={f"k{n}": "v" for n in range(21)}) == [
        ("tags", "21 tags: a cache takes at most 20")
    ]


@pytest.mark.parametrize("tag", [("k" * 64, ""), ("k", "v" * 128), ("k", ""), ("Ключ", "a b=c")])
def test_a_tag_at_its_limits_is_good(tag: tuple[str, str]) -> None:
    """Keys of 64 characters, values of 128, and empty values."""
    assert problems(tags=dict([tag])) == []


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("k" * 65, "v", "the key is longer than 64 characters"),
        ("k", "v" * 129, "the value is longer than 128 characters"),
        ("", "v", "the key is empty"),
        ("aliyun", "v", "the key must not start with aliyun or acs:"),
        ("acs:team", "v", "the key must not start with aliyun or acs:"),
        ("k", "aliyunx", "the value must not start with aliyun or acs:"),
        ("k", "acs:x", "the value must not start with aliyun or acs:"),
        ("k-http://x", "v", "the key must not contain http:// or https://"),
        ("k", "see https://x", "the value must not contain http:// or https://"),
        ("k", 7.0, "the value must be a string"),
        ("k", None, "the value must be a string"),
        ("k", ["v"], "the value must be a string"),
    ],
)
def test_a_tag_out_of_bounds_is_a_problem(key: str, value: object, reason: str) -> None:
    """Each rule of the documents, by itself."""
    assert [found for _, found in problems(tags={key: value})] == [reason]


@pytest.mark.parametrize("key", ["my-aliyun", "Aliyun", "macs:x"])
def test_a_reserved_prefix_is_one_at_the_beginning_only(key: str) -> None:
    """The rule is about how a key starts."""
    assert problems(tags={key: "v"}) == []


@pytest.mark.parametrize(
    ("key", "path"), [("team", "tags.team"), ("my team", 'tags["my team"]'), ("", 'tags[""]')]
)
def test_a_tag_has_a_property_path(key: str, path: str) -> None:
    """A key that is no identifier is quoted."""
    assert paths(tags={key: 7})[0] == path


# -- registries


@pytest.mark.parametrize("missing", ["server", "userName", "password"])
@pytest.mark.parametrize("how", ["absent", "null", "empty"])
def test_a_credential_is_complete(missing: str, how: str) -> None:
    """Server, user and password are all needed."""
    credential: dict[str, Any] = {"server": "s", "userName": "u", "password": "p"}
    credential |= {missing: None if how == "null" else ""}
    if how == "absent":
        del credential[missing]
    assert problems(imageRegistryCredentials=[credential]) == [
        (f"imageRegistryCredentials[0].{missing}", "required")
    ]


def test_a_registry_server_has_no_scheme() -> None:
    """The API wants the host alone."""
    credential = {"server": "https://s", "userName": "u", "password": "p"}
    assert problems(imageRegistryCredentials=[credential]) == [
        (
            "imageRegistryCredentials[0].server",
            "must not contain a scheme (`https://`), the host alone",
        )
    ]


@pytest.mark.parametrize(("count", "expected"), [(10, []), (11, ["imageRegistryCredentials"])])
def test_a_cache_takes_10_credentials(count: int, expected: list[str]) -> None:
    """The documented limit, and one more."""
    credentials = [{"server": f"s{n}", "userName": "u", "password": "p"} for n in range(count)]
    assert paths(imageRegistryCredentials=credentials) == expected


def test_an_unknown_member_of_a_credential_is_named() -> None:
    """A misspelled member would be dropped in silence."""
    credential = {"server": "s", "userName": "u", "password": "p", "user": "u"}
    assert problems(imageRegistryCredentials=[credential]) == [
        ("imageRegistryCredentials[0].user", "unknown argument")
    ]


def test_a_credential_that_is_no_object_is_named() -> None:
    """The reason lists the members of one."""
    assert problems(imageRegistryCredentials=["s"]) == [
        ("imageRegistryCredentials[0]", "must be an object with server, userName, password")
    ]


def test_a_registry_instance_needs_its_id() -> None:
    """The API requires it as soon as any member is set."""
    assert problems(acrRegistryInfos=[{"instanceName": "main"}]) == [
        ("acrRegistryInfos[0].instanceId", "required: the id of the instance, cri-…")
    ]


def test_a_domain_that_is_no_string_is_named_by_its_place() -> None:
    """The path leads into the nested list."""
    assert problems(acrRegistryInfos=[{"instanceId": "cri-1", "domains": ["a", 7]}]) == [
        ("acrRegistryInfos[0].domains[1]", "must be a string")
    ]


# -- the connection


def test_an_unknown_member_of_a_connection_is_named() -> None:
    """A secret, above all, has no place in it."""
    assert problems(connection={"accessKey": "x"}) == [("connection.accessKey", "unknown argument")]


def test_a_member_of_a_connection_is_a_string() -> None:
    """The path names it."""
    assert problems(connection={"profile": 7}) == [("connection.profile", "must be a string")]


def test_an_empty_connection_is_none() -> None:
    """The stack's configuration decides."""
    assert parse({**GOOD, "connection": {}}).spec == parse(GOOD).spec


@pytest.mark.parametrize("value", ["recreate", "ignore"])
def test_what_to_do_about_a_missing_cache(value: str) -> None:
    """Two choices."""
    assert problems(onMissing=value) == []


@pytest.mark.parametrize("value", ["Ignore", "delete"])
def test_there_is_no_third_choice_about_a_missing_cache(value: str) -> None:
    """The reason names both."""
    assert problems(onMissing=value) == [
        ("onMissing", "must be recreate or ignore, spelled exactly so")
    ]


# -- numbers and choices


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("imageCacheSize", 20),
        ("imageCacheSize", 20.0),
        ("imageCacheSize", 32768),
        ("retentionDays", 1),
        ("retentionDays", 65536.0),
        ("standardCopyCount", 1),
        ("flashCopyCount", 1),
    ],
)
def test_a_whole_number_in_range_is_good(name: str, value: float) -> None:
    """The limits themselves; the engine's numbers are floats."""
    assert problems(**{name: value}) == []


SIZE = "must be between 20 and 32768 (GiB)"
DAYS = "must be between 1 and 65536 (days), or left out to keep the cache for ever"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("imageCacheSize", 19, SIZE),
        ("imageCacheSize", 32769, SIZE),
        ("imageCacheSize", -20, SIZE),
        ("retentionDays", 0, DAYS),
        ("retentionDays", 65537, DAYS),
        ("standardCopyCount", 0, "must be at least 1"),
        ("flashCopyCount", 0, "must be at least 1"),
    ],
)
def test_a_number_out_of_range_is_a_problem(name: str, value: float, reason: str) -> None:
    """One beyond each limit."""
    assert problems(**{name: value}) == [(name, reason)]


@pytest.mark.parametrize(
    "name", ["imageCacheSize", "retentionDays", "standardCopyCount", "flashCopyCount"]
)
@pytest.mark.parametrize("value", [20.5, math.nan, math.inf, -math.inf, True, False, "20", [20]])
def test_what_is_no_whole_number_is_a_problem(name: str, value: object) -> None:
    """A truth value is none either, whatever Python says."""
    assert problems(**{name: value}) == [(name, "must be a whole number")]


def test_a_number_beyond_every_float_is_out_of_range() -> None:
    """However large a number is, it is a problem and not an exception."""
    assert problems(imageCacheSize=10**400) == [("imageCacheSize", SIZE)]


@pytest.mark.parametrize("value", ["", "LRU"])
def test_an_elimination_strategy_is_lru_or_empty(value: str) -> None:
    """The two values of the documents."""
    assert problems(eliminationStrategy=value) == []


@pytest.mark.parametrize("value", ["lru", "LRU ", "FIFO"])
def test_an_elimination_strategy_is_spelled_exactly(value: str) -> None:
    """The service takes nothing else."""
    assert problems(eliminationStrategy=value) == [
        ("eliminationStrategy", "must be empty or LRU, spelled exactly so")
    ]


@pytest.mark.parametrize(
    "region", ["hangzhou", "cn hangzhou", "CN-Hangzhou", "cn-hangzhou.example.com/", "cn-", "-cn"]
)
def test_a_region_that_is_no_id_is_refused(region: str) -> None:
    """It would become a part of the host that requests, and passwords in them, are sent to."""
    (problem,) = problems(region=region)
    assert problem == ("region", "must be the id of a region, such as cn-hangzhou")


@pytest.mark.parametrize("region", ["us-east-1", "cn-shanghai-finance-1", "me-central-1"])
def test_every_real_region_passes(region: str) -> None:
    """Words of lower-case letters and digits, joined by hyphens."""
    assert problems(region=region) == []


def test_an_empty_region_is_no_region() -> None:
    """It would name the endpoint `eci..aliyuncs.com`."""
    assert problems(region="") == [("region", NO_REGION)]


def test_triggers_take_any_json() -> None:
    """Nesting, numbers, truth values."""
    assert problems(rebuildTriggers={"a": [1, None, True, {"b": 2.5}]}) == []


@pytest.mark.parametrize("value", [math.nan, [math.inf], {"a": object()}, {1, 2}])
def test_triggers_take_nothing_but_json(value: object) -> None:
    """What state cannot hold is refused."""
    assert problems(rebuildTriggers=value) == [("rebuildTriggers", "must be a JSON value")]


# -- arguments that do not exist


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("retention_day", "retention_days"),
        ("retentionDay", "retention_days"),
        ("image", "images"),
        ("imageCacheNames", "image_cache_name"),
        ("vSwitchId", "vswitch_id"),
        ("tag", "tags"),
        ("securityGroup", "security_group_id"),
    ],
)
def test_an_unknown_argument_is_answered_with_the_nearest_one(name: str, known: str) -> None:
    """In the spelling that a program uses."""
    assert problems(**{name: "x"}) == [(name, f"unknown argument; did you mean `{known}`?")]


def test_an_unknown_argument_like_no_other_points_to_the_list() -> None:
    """A far-fetched guess would mislead."""
    assert problems(quux="x") == [("quux", "unknown argument; ImageCacheArgs lists them")]


def test_properties_of_the_engine_are_not_arguments() -> None:
    """`__provider` and its like travel along."""
    assert problems(__provider="pickle") == []


# -- wrong types

WRONG: dict[Kind, list[Any]] = {
    Kind.STRING: [7.0, True, [], {}, ["x"]],
    Kind.INTEGER: ["x", True, [], {}],
    Kind.BOOLEAN: ["true", 1.0, 0, [], {}],
    Kind.IMAGES: ["nginx", 7.0, True, {"a": "nginx"}],
    Kind.TAGS: ["a=b", 7.0, True, ["a"]],
    Kind.CREDENTIALS: ["x", 7.0, True, {"server": "s"}],
    Kind.ACR_INFOS: ["cri-1", 7.0, False, {"instanceId": "cri-1"}],
    Kind.CONNECTION: ["x", 7.0, True, ["x"]],
    Kind.JSON: [math.nan],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(row.name, value, id=f"{row.attribute} is no {type(value).__name__} {value!r}")
        for row in FIELDS
        for value in WRONG[row.kind]
    ],
)
def test_a_wrong_type_is_one_problem_of_its_property(name: str, value: object) -> None:
    """No exception, no second complaint, and the path is the property's."""
    assert paths(**{name: value}) == [name]


# -- values that are not known yet


def holes(value: object) -> list[Any]:
    """Return *value* with UNKNOWN in its own place and at every place within."""
    found: list[Any] = [UNKNOWN]
    if isinstance(value, dict):
        found += [{**value, key: hole} for key, item in value.items() for hole in holes(item)]
    if isinstance(value, list):
        found += [
            [*value[:index], hole, *value[index + 1 :]]
            for index, item in enumerate(value)
            for hole in holes(item)
        ]
    return found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, hole, id=f"{name} {number}")
        for name, good in FULL.items()
        for number, hole in enumerate(holes(good))
    ],
)
def test_an_unknown_value_anywhere_is_no_problem(name: str, value: object) -> None:
    """Preview passes, and the property is noted as not known."""
    parsed = parse({**FULL, name: value})
    assert parsed.problems == ()
    assert parsed.spec.unknown == frozenset({name})


@pytest.mark.parametrize("name", INPUT_NAMES)
def test_an_unknown_value_leaves_all_others_known(name: str) -> None:
    """What is known beside it is decoded as ever."""
    spec = parse({**FULL, name: UNKNOWN}).spec
    others = [other for other in INPUT_NAMES if other != name]
    expected = parse(FULL).spec
    assert [getattr(spec, snake_case(other)) for other in others] == [
        getattr(expected, snake_case(other)) for other in others
    ]


def test_nothing_unknown_is_noted_of_known_properties() -> None:
    """The set is empty in an update."""
    assert parse(FULL).spec.unknown == frozenset()


def test_the_sentinel_reaches_no_decoded_value() -> None:
    """A plan must never show it; triggers alone are kept as they are."""
    bag = {name: holes(value)[-1] for name, value in FULL.items() if name != "rebuildTriggers"}
    assert UNKNOWN not in repr(parse(bag).spec)


def test_twenty_images_and_one_unknown_may_be_twenty() -> None:
    """The unknown one may be one of the others."""
    assert problems(images=[*(f"nginx:{n}" for n in range(20)), UNKNOWN]) == []


def test_many_unknown_images_may_be_the_same_one() -> None:
    """A preview must not refuse what the update may accept."""
    assert problems(images=[UNKNOWN] * 21) == []


# -- any properties at all

SCALARS = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=8)
    | st.sampled_from([UNKNOWN, "https://x", "aliyun", "LRU", MARKER])
)
KEYS = st.sampled_from(
    ["server", "userName", "password", "instanceId", "domains", "roleArn"]
) | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
BAGS = st.dictionaries(st.sampled_from(INPUT_NAMES) | st.text(max_size=8), JSON, max_size=8)


@given(BAGS)
def test_parsing_never_raises(bag: dict[str, Any]) -> None:
    """State that another release or a hand wrote is still read, each member with its type."""
    spec = parse(bag).spec
    wrong = [
        name
        for name in map(snake_case, INPUT_NAMES)
        if name != "rebuild_triggers" and type(getattr(spec, name)) is not type(EMPTY[name])
    ]
    assert wrong == []


@given(BAGS)
def test_the_sentinel_is_in_no_message(bag: dict[str, Any]) -> None:
    """Preview shows neither the sentinel nor a complaint about it."""
    bag = {key: value for key, value in bag.items() if UNKNOWN not in key}
    assert all(UNKNOWN not in problem.reason for problem in parse(bag).problems)


MARKED_VALUES = st.recursive(
    st.sampled_from(
        [MARKER, f"https://{MARKER}", f"{MARKER} {MARKER}", f"acs:{MARKER}", MARKER * 20]
    ),
    lambda inner: (
        st.lists(inner, max_size=25)
        | st.dictionaries(
            st.sampled_from(["server", "userName", "instanceId", "domains", "roleArn", "other"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(INPUT_NAMES) | st.just("quux"), MARKED_VALUES))
def test_no_value_is_quoted_in_a_problem(bag: dict[str, Any]) -> None:
    """Any value may be a secret: neither path nor reason holds one."""
    found = parse(bag).problems
    assert [problem for problem in found if MARKER in problem.reason + problem.path] == []


@given(st.sampled_from(INPUT_NAMES), JSON)
def test_a_problem_of_one_property_is_a_path_into_it(name: str, value: object) -> None:
    """Nothing else is blamed."""
    blamed = paths(**{name: value})
    assert all(path.startswith(name) for path in blamed)
