"""A configuration with unknown names or values of wrong types is reported."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import EnforcementLevel, PolicyConfigSchema, ResourceValidationPolicy

from eci_policies.configuration import problems
from eci_policies.pack import ABOUT, policies
from tests.support.policies import HAPPY
from tests.support.policy_stack import PACK, PRESETS
from tests.support.served import Served
from tools.policy_table import README


def wrong(config: object) -> list[str]:
    return problems(json.dumps(config), policies())


@pytest.mark.parametrize(
    ("config", "facts"),
    [
        ({}, []),
        ({"all": "mandatory", "naming": "disabled", "retention": {}}, []),
        ({"all": {"enforcementLevel": "remediate"}, "environments": ["a/b"]}, []),
        ({"retention": {"enforcementLevel": "remediate", "maximum": 90.0}}, []),
        ({"required-tags": {"tags": {"team": {}, "a": {"pattern": "x", "default": "x"}}}}, []),
        ({"retentoin": "mandatory"}, ["`retentoin`.*`retention`"]),
        ({"xyz": {"maximum": 5}}, ["`xyz`"]),
        ({"retention": {"maximun": 500}}, ["`retention`.*`maximun`.*`maximum`"]),
        ({"credentials-secret": {"a": 1}}, ["`credentials-secret`.*`a`"]),
        ({"retention": {"maximum": "500"}}, ["retention.maximum.*integer"]),
        ({"retention": {"maximum": True}}, ["retention.maximum.*integer"]),
        ({"retention": {"maximum": 1.5}}, ["retention.maximum.*integer"]),
        ({"retention": {"maximum": 70000}}, ["retention.maximum.*maximum 65536"]),
        ({"retention": {"minimum": 400}}, ["`retention`.*400.*365"]),
        ({"cache-size": {"minimum": 90, "maximum": 80}}, ["`cache-size`.*90.*80"]),
        ({"images-pinned": {"requireDigest": 1}}, ["requireDigest.*boolean"]),
        ({"allowed-registries": {"registries": "docker.io"}}, ["registries.*array"]),
        ({"allowed-registries": {"registries": ["a", 1]}}, [r"registries\[1\].*string"]),
        ({"elimination-strategy": {"allowed": []}}, ["allowed.*empty"]),
        ({"elimination-strategy": {"allowed": ["lru"]}}, [r"allowed\[0\].*lru"]),
        ({"elimination-strategy": {"exceptTags": {"a": "("}}}, ["exceptTags.a.*expression"]),
        ({"required-tags": {"tags": {"team": {"patern": "x"}}}}, ["tags.team.*`pattern`"]),
        ({"required-tags": {"tags": {"team": "x"}}}, ["tags.team.*object"]),
        ({"naming": {"pattern": "("}}, ["naming.pattern.*expression"]),
        ({"retention": "Mandatory"}, ["`retention`.*Mandatory.*mandatory"]),
        ({"retention": ["mandatory"]}, ["`retention`.*no level"]),
        ({"retention": {"enforcementLevel": None}}, ["`retention`.*null"]),
        ({"all": {"enforcementLevel": "advisory", "maximum": 1}}, ["`all`.*no settings"]),
        ({"unique-names": "remediate"}, ["`unique-names`.*stack"]),
        ({"environments": "a"}, ["environments.*array"]),
        ({"retentoin": "x", "naming": {"pattern": 1}}, ["x.*no level", "retentoin", "pattern"]),
        ([], ["JSON object"]),
    ],
)
def test_all_problems_are_reported(config: object, facts: list[str]) -> None:
    found = wrong(config)
    assert len(found) == len(facts), found
    for problem, fact in zip(found, facts, strict=True):
        assert re.search(fact, problem)


@pytest.mark.parametrize("text", ["", "{", '{"all": "advisory", "all": "mandatory"}', "[" * 99999])
def test_invalid_json_is_reported(text: str) -> None:
    assert len(problems(text, policies())) == 1


def test_every_schema_is_supported() -> None:
    parts = {"type", "description", "default", "items", "minItems", "additionalProperties"}
    parts |= {"minimum", "maximum", "enum", "format", "properties"}
    for about in ABOUT:
        assert wrong({about.id: {each.name: each.default for each in about.settings}}) == []
        for setting in about.settings:
            schema = setting.schema()
            inner = [schema.get("items"), schema.get("additionalProperties")]
            for each in (schema, *(part for part in inner if isinstance(part, dict))):
                assert set(each) <= parts


def test_presets_and_the_readme_are_valid() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", README.read_text(), re.DOTALL)
    texts = [file.read_text() for file in PRESETS.glob("*.json")]
    assert len(texts) == 2
    for text in (*texts, example):
        assert problems(text, policies()) == []


@pytest.mark.parametrize("preset", ["development", "production"])
def test_presets_enforce_the_important_policies(preset: str) -> None:
    config: dict[str, Any] = json.loads((PRESETS / f"{preset}.json").read_text())
    # older engines panic at `remediate` for policies of the stack
    assert config["all"] != "remediate"
    for name in ("elimination-strategy", "tag-count", "credentials-secret", "pack-configuration"):
        given = config.get(name, config["all"])
        level = given if isinstance(given, str) else given.get("enforcementLevel", config["all"])
        assert level in {"mandatory", "remediate"}
    for name in ("elimination-strategy", "retention"):
        assert config[name]["exceptTags"] == {"pinned": "true"}


def test_the_command_checks_files(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"retentoin": "mandatory"}')
    good = PRESETS / "production.json"

    def run(*files: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(PACK / "check_config.py"), *map(str, files)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (run(good).returncode, run(good).stdout) == (0, "")
    done = run(good, bad, tmp_path / "none.json")
    assert done.returncode == 1
    assert re.search("bad.json: .*retentoin.*\n.*none.json: ", done.stdout)
    assert run().returncode == 2


def test_the_pack_reports_what_the_engine_ignores() -> None:
    served = Served(retentoin={}, retention={"maximun": 500})
    said = [each for each in served.analyze_stack([HAPPY]) if each.policy == "pack-configuration"]
    assert sorted(re.findall("`([a-z]+)`", each.message)[-2:] for each in said) == [
        ["maximun", "maximum"],
        ["retentoin", "retention"],
    ]
    assert Served(retention={"maximum": 500}).analyze_stack([HAPPY]) == []


def test_policies_of_another_pack_are_known() -> None:
    schema = PolicyConfigSchema({"color": {"type": "string"}})
    own = ResourceValidationPolicy(
        "ours", "Ours.", lambda _args, _report: None, EnforcementLevel.ADVISORY, schema
    )
    served = Served(more=[own], ours={"color": "red"})
    assert served.analyze_stack([HAPPY]) == []
    assert problems('{"ours": {"color": "red"}}', [*policies(), own]) == []
