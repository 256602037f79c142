"""The plugin's schema agrees with the field table and the docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from pulumi_eci.api import credentials
from pulumi_eci.api.settings import NAMES
from pulumi_eci.core.lookup import FILTERS
from pulumi_eci.model.fields import FIELDS, INPUT_NAMES, SECRET_INPUTS, Change
from pulumi_eci.native.settings import OBJECTS, SETTINGS
from tools import registry_pages, schema

SPEC = schema.build()
CACHE = SPEC["resources"]["eci:index:ImageCache"]
LOGIN = ("server", "userName")  # these need no description


def test_the_committed_schema_is_up_to_date() -> None:
    assert schema.SCHEMA.read_text() == schema.write(), "run `make schema`"


@pytest.mark.parametrize(("path", "text"), registry_pages.pages().items())
def test_a_page_for_the_registry_is_up_to_date(path: str, text: str) -> None:
    assert (schema.ROOT / path).read_text() == text, "run `make schema`"


@pytest.mark.parametrize("text", registry_pages.pages().values())
def test_a_page_for_the_registry_has_the_required_form(text: str) -> None:
    _, front, body = text.split("---\n", 2)
    head = yaml.safe_load(front)
    assert set(head) == {"title", "meta_desc", "layout"}
    assert head["layout"] == "package"
    assert head["title"].removesuffix(" Installation & Configuration") == SPEC["displayName"]
    (offered,) = re.findall(r'{{< chooser language "(.*)" >}}', body)
    assert re.findall(r"{{% choosable language (\w+) %}}", body) == offered.split(",")
    assert body.count("{{% /choosable %}}") == len(offered.split(","))
    assert body.count("{{< /chooser >}}") == 1
    assert re.findall(r"\]\((?!https://)", body) == []  # relative links do not work in the registry


def test_the_logo_for_the_registry_exists() -> None:
    assert (schema.ROOT / SPEC["logoUrl"].partition("/main/")[2]).is_file()


def test_the_schema_has_every_argument_and_output() -> None:
    assert tuple(CACHE["inputProperties"]) == INPUT_NAMES
    outputs = {"status", "snapshotId", "containerGroupId", "registryLogins", "imageDigests"}
    assert set(CACHE["properties"]) == {*INPUT_NAMES, *outputs} - SECRET_INPUTS
    assert set(CACHE["required"]) <= set(CACHE["properties"])
    assert set(CACHE["listInputs"]["properties"]) == set(FILTERS)
    assert set(SPEC["provider"]["inputProperties"]) == set(SETTINGS)


def test_every_setting_of_the_stack_is_a_setting_of_the_provider() -> None:
    sources = (file.read_text() for file in schema.PACKAGE.rglob("*.py"))
    keys = {key for text in sources for key in re.findall(r'"eci:([a-z]\w*)"', text)}
    assert keys == set(SETTINGS) == set(NAMES)
    assert tuple(OBJECTS["AssumeRole"]) == credentials._ROLE_FIELDS
    # the provider rejects this setting
    oidc = [name for name in credentials._OIDC_FIELDS if name != "oidcToken"]
    assert list(OBJECTS["AssumeRoleWithOidc"]) == oidc


def test_a_property_that_is_always_replaced_is_marked() -> None:
    marked = {n for n, spec in CACHE["inputProperties"].items() if spec.get("replaceOnChanges")}
    rows = {name: {row.change for row in FIELDS if row.name == name} for name in INPUT_NAMES}
    assert marked == {name for name, changes in rows.items() if changes == {Change.REPLACE}}


def test_the_dynamic_resource_has_an_alias() -> None:
    assert CACHE["aliases"] == [{"type": "pulumi-python:dynamic/eci:ImageCache"}]


def test_secrets_are_secret() -> None:
    assert CACHE["inputProperties"]["imageRegistryCredentials"]["secret"]
    assert CACHE["properties"]["registryLogins"]["secret"]
    secret = {n for n, spec in SPEC["config"]["variables"].items() if spec.get("secret")}
    assert secret == {"accessKey", "secretKey", "securityToken", "credentialsUri"}


def _objects(value: object, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        yield path, value
        for key, member in value.items():
            yield from _objects(member, f"{path}/{key}")
    elif isinstance(value, list):
        for member in value:
            yield from _objects(member, path)


def test_every_reference_has_a_target() -> None:
    refs = {each["$ref"] for _, each in _objects(SPEC) if "$ref" in each}
    local = {ref.removeprefix("#/types/") for ref in refs if ref.startswith("#")}
    assert local <= set(SPEC["types"])
    assert refs - {f"#/types/{name}" for name in local} == {"pulumi.json#/Any"}


def test_descriptions_have_the_property_names_of_all_languages() -> None:
    found = [each for each in _objects(SPEC) if re.search(r"(?<!nalP)roperties/\w+$", each[0])]
    undescribed = [path for path, spec in found if not spec.get("description")]
    assert undescribed == [f"/types/eci:index:RegistryLogin/properties/{n}" for n in LOGIN]
    texts = {path: spec.get("description", "") for path, spec in found}
    assert not {path: t for path, t in texts.items() if re.search(r"`[a-z]+_[a-z_]+`", t)}
