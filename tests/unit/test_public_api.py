"""The interface that users and their state rely on: names, types, and the pickled provider."""

from __future__ import annotations

import pickle
import subprocess
import sys
from importlib.resources import files

import dill
import pytest
from pulumi.dynamic import ResourceProvider

import pulumi_eci
from pulumi_eci.layout import FleetLayoutProvider
from pulumi_eci.model.fields import INPUT_NAMES, SECRET_INPUTS, snake_case
from pulumi_eci.program.resource import ImageCache
from pulumi_eci.provider import ImageCacheProvider

CONTROLS = {
    "adopt",
    "skipAwait",
    "onMissing",
    "trackDigests",
}  # these control the provider and are no attributes of the cache
OUTPUTS = ["status", "snapshotId", "containerGroupId", "registryLogins", "imageDigests"]


def test_the_package_exports_the_resource_and_its_arguments() -> None:
    assert set(pulumi_eci.__all__) == {
        "AcrRegistryInfoArgs",
        "ConnectionArgs",
        "ImageCache",
        "ImageCacheArgs",
        "ImageCacheFleet",
        "ImageCacheFleetArgs",
        "ImageCacheSettings",
        "ImageRegistryCredentialArgs",
        "ManifestError",
        "ManifestImage",
        "Placement",
        "images_in",
    }


@pytest.mark.parametrize("name", pulumi_eci.__all__)
def test_every_export_exists_and_is_documented(name: str) -> None:
    assert getattr(pulumi_eci, name).__doc__


def test_the_package_is_typed() -> None:
    assert files("pulumi_eci").joinpath("py.typed").is_file()


@pytest.mark.parametrize(
    "name",
    [*(name for name in INPUT_NAMES if name not in SECRET_INPUTS | CONTROLS), *OUTPUTS],
)
def test_every_property_is_an_attribute_of_the_resource(name: str) -> None:
    attribute = getattr(ImageCache, snake_case(name), None)
    assert isinstance(attribute, property)
    assert attribute.__doc__


def test_credentials_are_no_attribute_of_the_resource() -> None:
    assert not hasattr(ImageCache, "image_registry_credentials")


PROVIDERS = [
    (ImageCacheProvider, "pulumi_eci.provider", "ImageCacheProvider"),
    (FleetLayoutProvider, "pulumi_eci.layout", "FleetLayoutProvider"),
]


@pytest.mark.parametrize(("provider", "module", "name"), PROVIDERS)
def test_a_provider_has_the_module_and_name_of_every_state(
    provider: type[ResourceProvider], module: str, name: str
) -> None:
    assert (provider.__module__, provider.__qualname__) == (module, name)


@pytest.mark.parametrize(("provider", "module", "_name"), PROVIDERS)
@pytest.mark.parametrize("pickler", [pickle, dill], ids=["pickle", "dill"])
def test_a_provider_pickles_to_a_reference(
    pickler: pickle,  # type: ignore[valid-type]
    provider: type[ResourceProvider],
    module: str,
    _name: str,
) -> None:
    document: bytes = pickler.dumps(provider())  # type: ignore[attr-defined]
    assert len(document) < 200
    assert module.encode() in document
    assert type(pickle.loads(document)) is provider  # noqa: S301 - our own


@pytest.mark.parametrize(("provider", "_module", "_name"), PROVIDERS)
def test_a_provider_is_not_secret(
    provider: type[ResourceProvider], _module: str, _name: str
) -> None:
    assert provider.serialize_as_secret_always is False


def test_importing_the_package_does_not_import_the_vendor_s_sdk() -> None:
    script = (
        "import sys, pulumi_eci; print([m for m in sys.modules if m.startswith('alibabacloud')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
