"""The cache from which a pod starts, and the reasons against the other caches."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pulumi_eci.api.connection import Connection
from pulumi_eci.api.gateway import observe
from pulumi_eci.program.manifests.workloads import Workload, WorkloadImage
from pulumi_eci_cli.listing.caches import Listed
from pulumi_eci_cli.match.decide import Caches, Match, decide
from pulumi_eci_cli.match.report import as_json, table

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)
PIN = "k8s.aliyun.com/eci-imc-id"


def cache(name: str, *images: str, **changes: Any) -> Listed:  # noqa: ANN401 - of the service
    entry = {"ImageCacheId": f"imc-{name}", "Status": "Ready", "ImageCacheSize": 20}
    expires = changes.pop("expires", None)
    age = changes.pop("age", DAY)
    return Listed(observe({**entry, "Images": list(images), **changes}), NOW - age, expires, None)


def workload(*images: str, policy: str = "", kind: str = "Deployment", **keys: str) -> Workload:
    annotations = {f"k8s.aliyun.com/{key.replace('_', '-')}": text for key, text in keys.items()}
    found = tuple(WorkloadImage(each, policy, "a.yaml:1") for each in images)
    return Workload(kind, "web", "", "", "", "a.yaml:1", found, annotations, {})


def match(wanted: Workload, *caches: Listed) -> Match:
    return decide(wanted, Caches(caches, NOW))


def chosen(found: Match) -> str | None:
    return found.cache.seen.image_cache_id.removeprefix("imc-") if found.cache else None


ORDER = {
    "the share of images first": [cache("a", "x:1", "y:1"), cache("b", "x:1", ImageCacheSize=90)],
    "then the size": [cache("a", "x:1", ImageCacheSize=40), cache("b", "x:1", age=0 * DAY)],
    "then the age": [cache("a", "x:1", age=0 * DAY), cache("b", "x:1")],
    "Ready ones only": [cache("a", "x:1"), cache("b", "x:1", "y:1", Status="Updating")],
    "not expired": [cache("a", "x:1"), cache("b", "x:1", "y:1", expires=NOW)],
}


@pytest.mark.parametrize("rule", ORDER)
@pytest.mark.parametrize("reverse", [False, True])
def test_a_cache_is_chosen_as_documented(rule: str, reverse: bool) -> None:
    caches = ORDER[rule]
    assert chosen(match(workload("x:1", "y:1"), *(caches[::-1] if reverse else caches))) == "a"


WHY: dict[str, tuple[str, list[Listed]]] = {
    "other_tag": ("x:2", [cache("a", "x:1")]),
    "other_tag of a digest": (f"x@sha256:{'a' * 64}", [cache("a", "x:1")]),
    "other_host": ("r.example.com/t/x:1", [cache("a", "r-vpc.example.com/t/x:1")]),
    "other_host of Docker Hub": ("mirror.example.com/nginx:1", [cache("a", "nginx:1")]),
    "expired": ("x:1", [cache("a", "x:1", expires=NOW - DAY)]),
    "building": ("x:1", [cache("a", "x:1", Status="Creating", Progress="40%")]),
    "building rather than failed": (
        "x:1",
        [cache("b", "x:1", Status="Failed"), cache("a", "x:1", Status="Preparing")],
    ),
    "failed": ("x:1", [cache("a", "x:1", Status="UpdateFailed")]),
    "other_cache": ("x:1", [cache("a", "x:1"), cache("b", "base:1", "y:1")]),
    "not_cached": ("x:1", [cache("a", "z:1")]),
}


@pytest.mark.parametrize("what", WHY)
def test_the_reason_for_a_missing_image_is_reported(what: str) -> None:
    image, caches = WHY[what]
    found = match(workload("base:1", "y:1", image), cache("c", "base:1", "y:1"), *caches)
    assert (found.grade, found.matched, chosen(found)) in {("partial", 2, "b"), ("partial", 2, "c")}
    (why,) = [each.reason for each in found.images if each.reason is not None]
    assert why.code == what.split(maxsplit=1)[0]
    assert "imc-a" in why.text or what == "not_cached"


@pytest.mark.parametrize(
    ("image", "policy", "kind", "grade"),
    [
        ("x:1", "Always", "Pod", "none"),
        ("x:1", "IfNotPresent", "Pod", "full"),
        ("x:1", "", "Pod", "full"),
        ("x", "", "Pod", "none"),  # Kubernetes sets this policy to Always
        ("x:latest", "", "Pod", "none"),
        ("x:latest", "IfNotPresent", "Pod", "full"),
        ("x", "", "service", "full"),  # the policy of Compose
        ("x:1", "always", "service", "none"),
    ],
)
def test_an_image_that_is_always_pulled_is_not_cached(
    image: str, policy: str, kind: str, grade: str
) -> None:
    found = match(workload(image, policy=policy, kind=kind), cache("a", image))
    assert (found.grade, chosen(found)) == (grade, "a")
    assert [each.reason and each.reason.code for each in found.images] == [
        None if grade == "full" else "always_pulled"
    ]


ANNOTATED: dict[str, tuple[dict[str, str], str | None, str | None]] = {
    "pinned": ({"eci_imc_id": "imc-old"}, "old", None),
    "pinned by the older name": ({"eci_image_snapshot_id": "imc-old"}, "old", None),
    "pinned by both": ({"eci_image_snapshot_id": "imc-x", "eci_imc_id": "imc-old"}, "old", None),
    "pinned, and matched": ({"eci_imc_id": "imc-old", "eci_auto_imc": "false"}, "old", None),
    "pinned to nothing": ({"eci_imc_id": "imc-x"}, None, "pin_missing"),
    "pinned to a build": ({"eci_imc_id": "imc-new"}, "new", "pin_building"),
    "off": ({"eci_auto_imc": "false"}, None, "matching_off"),
    "off by the older name": ({"eci_image_cache": "False"}, None, "matching_off"),
    "on by the newer name": ({"eci_image_cache": "false", "eci_auto_imc": "true"}, "a", None),
    "all or nothing": ({"imc_perfect_match": "true"}, None, "too_few"),
    "two of three": ({"imc_match_count_request": "2"}, "a", None),
    "three of three": ({"imc_match_count_request": "3"}, None, "too_few"),
    "a number that is none": ({"imc_match_count_request": "²"}, "a", None),
}


@pytest.mark.parametrize("what", ANNOTATED)
def test_annotations_of_pods_are_respected(what: str) -> None:
    annotations, expected, code = ANNOTATED[what]
    caches = [
        cache("a", "x:1", "y:1"),
        cache("old", "x:1"),
        cache("new", "x:1", Status="Creating"),
    ]
    found = match(workload("x:1", "y:1", "z:1", **annotations), *caches)
    assert (chosen(found), found.reason and found.reason.code) == (expected, code)
    assert (found.grade == "none") == (code is not None)


def test_names_are_canonical_and_another_name_is_noted() -> None:
    found = match(workload("nginx:1", "nginx:1"), cache("a", "docker.io/library/nginx:1"))
    assert (found.grade, len(found.images)) == ("full", 1)
    assert [note.code for note in found.notes] == ["spelling"]


def test_an_annotation_in_the_wrong_place_is_noted() -> None:
    misplaced = workload("x:1")._replace(of_resource={PIN: "imc-old"})
    found = match(misplaced, cache("a", "x:1"), cache("old"))
    assert (chosen(found), [note.code for note in found.notes]) == ("a", ["annotation_misplaced"])


def test_the_text_and_json_output() -> None:
    place = Connection("cn-hangzhou", "127.0.0.1:8642", "http")
    caches = Caches([cache("a", "x:1", "y:1")], NOW)
    matches = [
        decide(workload("x:1", "y:1"), caches),
        decide(workload("x:1", "y:2", "\x1b[2Jz:1"), caches),
        decide(workload("q:1")._replace(namespace="shop", part="one", overlay="prod"), caches),
    ]
    assert list(table(matches)) == [
        "WORKLOAD                          MATCH        CACHE  FOUND IN",
        "Deployment/web                    full         imc-a  a.yaml:1",
        "Deployment/web                    partial 1/3  imc-a  a.yaml:1",
        "  y:2: other tag: imc-a has y:1",
        "  [2Jz:1: no cache has the image",
        "shop/Deployment/web [one] (prod)  none         -      a.yaml:1",
        "  q:1: no cache has the image",
        "3 workloads: 1 full, 1 partial, 1 none",
    ]
    found = json.loads(as_json(matches, place, "partial"))
    assert found["summary"] == {"full": 1, "partial": 1, "none": 1}
    assert not found["met"]
    assert json.loads(as_json(matches[:2], place, "partial"))["met"]
    assert [each["cache"] for each in found["workloads"]] == ["imc-a", "imc-a", None]
