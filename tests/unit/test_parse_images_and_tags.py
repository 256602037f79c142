"""Images and tags: their numbers, and the valid values."""

from __future__ import annotations

import pytest

from pulumi_eci.model.parse import parse
from tests.support.inputs import GOOD, filled, paths, problems

# -- images


@pytest.mark.parametrize("images", [None, []])
def test_a_cache_needs_an_image(images: list[str] | None) -> None:
    assert problems(images=images) == [
        ("images", "required: name 1 to 20 container images"),
    ]


def test_a_cache_may_have_20_images() -> None:
    assert problems(images=[f"nginx:{n}" for n in range(20)]) == []


def test_a_cache_may_not_have_21_images() -> None:
    assert problems(images=[f"nginx:{n}" for n in range(21)]) == [
        ("images", "21 images: a cache takes at most 20")
    ]


def test_a_repeated_image_counts_once() -> None:
    parsed = parse({**GOOD, "images": ["nginx", "redis", *["nginx"] * 20]})
    assert (parsed.problems, parsed.spec.images) == ((), ("nginx", "redis"))


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("", "is empty: name a container image, such as nginx:1.27"),
        ("  ", "is empty: name a container image, such as nginx:1.27"),
        ("ng inx", '"ng inx": must not contain white space'),
        ("nginx\n", '"nginx": must not contain white space'),
        (
            "x://y",
            '"x://y": must not contain a scheme (`https://`): begin with the registry\'s host',
        ),
        (7.0, "must be a string"),
        (None, "must be a string"),
        (["nginx"], "must be a string"),
    ],
)
def test_an_invalid_image_is_reported_with_its_index(image: object, reason: str) -> None:
    assert problems(images=["redis", image]) == [("images[1]", reason)]


@pytest.mark.parametrize(
    "image",
    [
        "Foo/Bar:1",
        "nginx:",
        "-nginx",
        "nginx:1:2",
        "a//b",
        "nginx@sha256:1",
        "nginx:-1",
        "{region}/a",
    ],
)
def test_an_impossible_image_reference_is_reported(image: str) -> None:
    ((path, reason),) = problems(images=["redis", image])
    assert path == "images[1]"
    assert reason.startswith(f'"{image}": ')


@pytest.mark.parametrize(
    "image", ["user:hush@host/nginx:1", "user:hush@host", "https://u:hush@h/x"]
)
def test_a_possible_login_in_an_image_name_is_not_shown(image: str) -> None:
    ((path, reason),) = problems(images=[image])
    assert path == "images[0]"
    assert "hush" not in reason


def test_two_names_of_one_image_are_two_images() -> None:
    names = ("nginx", "docker.io/library/nginx:latest")
    parsed = parse({**GOOD, "images": list(names)})
    assert (parsed.problems, parsed.spec.images) == ((), names)


# -- control characters


@pytest.mark.parametrize("text", ["line1\nline2", "a\tb", "\x00", "\x7f", "a\u2028b"])
@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("tags", {"note": "{}"}, "tags.note"),
        ("imageCacheName", "{}", "imageCacheName"),
        ("vswitchId", "{}", "vswitchId"),
        (
            "imageRegistryCredentials",
            [{"server": "s", "userName": "u", "password": "{}"}],
            "imageRegistryCredentials[0].password",
        ),
        ("connection", {"profile": "{}"}, "connection.profile"),
        (
            "acrRegistryInfos",
            [{"instanceId": "i", "domains": ["{}"]}],
            "acrRegistryInfos[0].domains[0]",
        ),
    ],
)
def test_control_characters_are_a_problem(name: str, value: object, path: str, text: str) -> None:
    ((found, reason),) = problems(**{name: filled(value, text)})
    assert found == path
    assert "control characters" in reason


def test_a_tag_key_has_no_control_characters() -> None:
    ((_, reason),) = problems(tags={"a\nb": "x"})
    assert reason == "the key must not contain control characters, such as a line break"


def test_json_may_have_several_lines() -> None:
    assert problems(annotations='{\n\t"a": "b"\r\n}') == []


# -- tags


def test_a_cache_may_have_20_tags() -> None:
    assert problems(tags={f"k{n}": "v" for n in range(20)}) == []


def test_a_cache_may_not_have_21_tags() -> None:
    assert problems(tags={f"k{n}": "v" for n in range(21)}) == [
        ("tags", "21 tags: a cache takes at most 20")
    ]


@pytest.mark.parametrize("tag", [("k" * 64, ""), ("k", "v" * 128), ("k", ""), ("Ключ", "a b=c")])
def test_a_tag_at_its_limits_is_valid(tag: tuple[str, str]) -> None:
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
        ("k", None, "the value must be a string"),
        ("k", ["v"], "the value must be a string"),
    ],
)
def test_a_tag_out_of_bounds_is_a_problem(key: str, value: object, reason: str) -> None:
    assert [found for _, found in problems(tags={key: value})] == [reason]


@pytest.mark.parametrize("key", ["my-aliyun", "Aliyun", "macs:x"])
def test_a_reserved_prefix_is_only_reserved_at_the_beginning(key: str) -> None:
    assert problems(tags={key: "v"}) == []


@pytest.mark.parametrize(
    ("key", "path"), [("team", "tags.team"), ("my team", 'tags["my team"]'), ("", 'tags[""]')]
)
def test_a_tag_has_a_property_path(key: str, path: str) -> None:
    assert paths(tags={key: []})[0] == path
