"""Write the plugin's schema from the field table, the docstrings of the arguments and the settings.

`make schema` writes the file. A test fails if the committed file is outdated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from pulumi_eci.engine import DYNAMIC_IMAGE_CACHE, IMAGE_CACHE
from pulumi_eci.model.fields import (
    FIELDS,
    LOGINS_OUTPUT,
    PROPERTIES,
    SECRET_INPUTS,
    Change,
    Field,
    Kind,
    camel_case,
    snake_case,
)
from pulumi_eci.model.state import DIGESTS
from pulumi_eci.native.servicer import GET_IMAGE_CACHE, GET_IMAGE_CACHES
from pulumi_eci.native.settings import OBJECTS, SETTINGS
from pulumi_eci.program import args, fleet_args
from pulumi_eci.program.fleet import TYPE as FLEET
from pulumi_eci.program.fleet import ImageCacheFleet
from pulumi_eci.program.resource import ImageCache
from tools.site import attribute_docs

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "provider" / "pulumi_eci"
SCHEMA = PACKAGE / "native" / "schema.json"
HOME = "https://github.com/pulumi-eci/pulumi-eci"

Spec = dict[str, Any]

_TYPES: Mapping[Kind, Spec] = {
    Kind.STRING: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.IMAGES: {"type": "array", "items": {"type": "string"}},
    Kind.TAGS: {"type": "object", "additionalProperties": {"type": "string"}},
    Kind.CREDENTIALS: {
        "type": "array",
        "items": {"$ref": "#/types/eci:index:ImageRegistryCredential"},
    },
    Kind.ACR_INFOS: {"type": "array", "items": {"$ref": "#/types/eci:index:AcrRegistryInfo"}},
    Kind.CONNECTION: {"$ref": "#/types/eci:index:Connection"},
    Kind.JSON: {"$ref": "pulumi.json#/Any"},
    Kind.DIGESTS: {"type": "object", "additionalProperties": {"type": "string"}},
}
_OUTPUTS: Mapping[str, Spec] = {
    "status": {"type": "string"},
    "snapshotId": {"type": "string"},
    "containerGroupId": {"type": "string"},
    DIGESTS: _TYPES[Kind.DIGESTS],
}
_OBJECTS = ("ImageRegistryCredential", "AcrRegistryInfo", "Connection")
_REQUIRED_MEMBERS = {
    "ImageRegistryCredential": ["password", "server", "userName"],
    "AcrRegistryInfo": ["instanceId"],
}
_REPLACING_MEMBERS = ("arnService", "arnUser")
_ALWAYS_SET = (
    "flashCopyCount",
    "imageCacheName",
    "imageCacheSize",
    "images",
    "region",
    "standardCopyCount",
    "status",
)

_CACHE = """\
An image cache of Alibaba Cloud's Elastic Container Instance (ECI). Pods start from an image cache
in seconds, without pulling images. The provider updates a cache in place where the API allows it.

Each argument names what a change costs. *Metadata* is updated at once, and the snapshot stays.
*Rebuild* pulls the images again and keeps the id. *Replace* creates a new cache and then deletes
the old one. `pulumi preview` shows which of them applies.

## Import

Import a cache by its id. If the cache is in another region than the provider's, write the region
before the id:

```sh
$ pulumi import eci:index:ImageCache web imc-2zebxkiifuyzzlhl****
$ pulumi import eci:index:ImageCache web cn-beijing/imc-2zebxkiifuyzzlhl****
```

The service does not return network, retention, copies and registries. Add them to the program after
the import. Network and retention are sent once. The provider assumes that the other values are
those of the program.
"""
_FLEET = """\
Image caches for any number of images, in any number of regions.

The images are distributed over caches of up to 20 images. An added, removed or changed image
changes one cache in each placement. If all caches are full, a new cache takes the new image. If one
cache fewer is enough, the last cache is deleted and its images move to the others. A resource
`FleetLayout` stores which cache has which image; the resource exists only in state.

A fleet also takes the arguments of its caches, for all placements or in a placement.
"""
_ABOUT = {
    IMAGE_CACHE: _CACHE,
    FLEET: _FLEET,
    "Placement": "A place for caches, with arguments for the caches there. Tags of the fleet and "
    "of the placement are merged. Other arguments replace the fleet's.",
    GET_IMAGE_CACHE: "Look up one image cache by its id.",
    GET_IMAGE_CACHES: "Look up the image caches of a region that match all filters.",
    "ImageRegistryCredential": "Login for a private registry.",
    "AcrRegistryInfo": "Container Registry Enterprise Edition instance; images are pulled without "
    "a password.",
    "AssumeRole": "RAM role that is assumed.",
    "AssumeRoleWithOidc": "RAM role that is assumed with the token of an OIDC provider.",
    "Connection": "Endpoint and credentials, if they differ from the provider's settings.",
    "RegistryLogin": "Server and user name of a registry credential.",
    "FoundImageCache": "An image cache, with the fields that the service returns.",
}
_PLAIN_STRINGS: Spec = {
    "type": "array",
    "items": {"type": "string", "plain": True},
    "plain": True,
}
_FLEETS_OWN: Mapping[str, tuple[Spec, str]] = {
    "images": (
        _TYPES[Kind.IMAGES],
        (
            "Container images, any number in any order, in addition to those of `manifests`. "
            "`{region}` in a name is the region of each placement. Several names of one image "
            "(`nginx`, `docker.io/library/nginx:latest`) count once, with the shortest name."
        ),
    ),
    "manifests": (
        _PLAIN_STRINGS,
        (
            "Patterns of files whose images are cached: Kubernetes manifests, kustomizations and "
            "Compose files, such as `deploy/**/*.yaml`, relative to the program's folder."
        ),
    ),
    "placements": (
        {
            "type": "object",
            "additionalProperties": {"$ref": "#/types/eci:index:Placement", "plain": True},
            "plain": True,
        },
        (
            "The places where the images are cached. The name of a placement is its region; with "
            "`region`, a placement can have another name."
        ),
    ),
    "caches": ({"type": "integer", "plain": True}, ""),
    "registryHosts": (_PLAIN_STRINGS, ""),
}
_FLEETS_OUTPUTS: Mapping[str, Spec] = {
    "ids": _TYPES[Kind.IMAGES],
    "status": {"type": "string"},
    "images": _TYPES[Kind.IMAGES],
    "annotations": {"type": "object", "additionalProperties": _TYPES[Kind.TAGS]},
    DIGESTS: _TYPES[Kind.DIGESTS],
}
_FILTERS: Mapping[str, tuple[Spec, str]] = {
    "name": ({"type": "string"}, "Name of the cache; `*` matches any characters."),
    "image": ({"type": "string"}, "An image in the cache, with any of its names."),
    "tags": (
        _TYPES[Kind.TAGS],
        "Tags of the cache; an empty value matches any value.",
    ),
    "status": ({"type": "string"}, "Status of the cache, such as `Ready`."),
    "match": (
        _TYPES[Kind.IMAGES],
        (
            "Images of a pod. Returns caches with at least one of the images; caches with most of "
            "the images come first."
        ),
    ),
    "region": ({"type": "string"}, "Region; by default the provider's."),
}


def build() -> Spec:
    """Return the schema."""
    about = metadata.metadata("pulumi-eci")
    arguments = _arguments()
    return {
        "name": "eci",
        "displayName": "Alibaba Cloud ECI image caches",
        "version": about["Version"],
        "description": about["Summary"],
        "keywords": ["alibaba-cloud", "category/cloud", "eci", "image-cache", "kind/native"],
        "homepage": HOME,
        "repository": HOME,
        "license": "Apache-2.0",
        "publisher": "pulumi-eci",
        "logoUrl": f"{HOME.replace('github.com', 'raw.githubusercontent.com')}/main/docs/logo.svg",
        "pluginDownloadURL": HOME.replace("https://github.com/", "github://api.github.com/"),
        "meta": {"moduleFormat": "(.*)"},
        "language": _LANGUAGES,
        "config": {"variables": _settings(), "defaults": []},
        "provider": {
            "description": "Region, endpoint and credentials.",
            "inputProperties": _settings(),
            "properties": {k: v for k, v in _settings().items() if v.get("type") == "string"},
        },
        "types": _types(arguments),
        "resources": {IMAGE_CACHE: _resource(arguments), FLEET: _fleet(arguments)},
        "functions": _functions(arguments),
    }


_LANGUAGES: Spec = {
    "csharp": {"respectSchemaVersion": True, "rootNamespace": "PulumiEci"},
    "go": {
        "generateResourceContainerTypes": True,
        "importBasePath": f"{HOME.removeprefix('https://')}/sdk/go/eci",
        "respectSchemaVersion": True,
    },
    "java": {"basePackage": "com.pulumieci"},
    "nodejs": {"packageName": "pulumi-eci", "respectSchemaVersion": True},
    # `pulumi_eci` is this package: it has classes of its own for Python.
    "python": {
        "packageName": "pulumi_eci_native",
        "pyproject": {"enabled": True},
        "respectSchemaVersion": True,
    },
}


def write() -> str:
    """Return the text of the schema file."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


def _settings() -> Spec:
    return {
        name: {**_setting_type(setting.type), "description": setting.description}
        | ({"secret": True} if setting.is_secret else {})
        for name, setting in SETTINGS.items()
    }


def _setting_type(name: str) -> Spec:
    if name.endswith("[]"):
        return {"type": "array", "items": _setting_type(name.removesuffix("[]"))}
    return {"$ref": f"#/types/eci:index:{name}"} if name in OBJECTS else {"type": name}


def _setting_objects() -> Spec:
    return {
        f"eci:index:{name}": {
            "type": "object",
            "description": _ABOUT[name],
            "properties": {
                member: {
                    "type": "integer" if member == "sessionExpiration" else "string",
                    "description": text,
                }
                for member, text in members.items()
            },
            "required": ["roleArn"],
        }
        for name, members in OBJECTS.items()
    }


def _resource(docs: Mapping[str, Mapping[str, str]]) -> Spec:
    inputs = {row.name: _input(row, docs["ImageCacheArgs"]) for row in _rows()}
    outputs = {
        name: {key: value for key, value in spec.items() if key not in ("default", "secret")}
        for name, spec in inputs.items()
        if name not in SECRET_INPUTS
    }
    for name, kind in _OUTPUTS.items():
        outputs[name] = {**kind, "description": docs["ImageCache"][snake_case(name)]}
    outputs[LOGINS_OUTPUT] = {
        "type": "array",
        "items": {"$ref": "#/types/eci:index:RegistryLogin"},
        "description": "Server and user name of each registry credential, without the password.",
        "secret": True,
    }
    return {
        "description": _ABOUT[IMAGE_CACHE],
        "properties": outputs,
        "required": list(_ALWAYS_SET),
        "inputProperties": inputs,
        "requiredInputs": ["images"],
        "stateInputs": {
            "properties": {name: inputs[name] for name in ("region", "connection")},
        },
        "listInputs": {"properties": _filters()},
        "aliases": [{"type": DYNAMIC_IMAGE_CACHE}],
    }


def _fleet(docs: Mapping[str, Mapping[str, str]]) -> Spec:
    own = {
        name: {**kind, "description": text or docs["ImageCacheFleetArgs"][snake_case(name)]}
        for name, (kind, text) in _FLEETS_OWN.items()
    }
    return {
        "isComponent": True,
        "description": _ABOUT[FLEET],
        "properties": {
            name: {
                "type": "object",
                "additionalProperties": kind,
                "description": docs["ImageCacheFleet"][snake_case(name)],
            }
            for name, kind in _FLEETS_OUTPUTS.items()
        },
        "required": list(_FLEETS_OUTPUTS),
        "inputProperties": {**own, **_shared(docs)},
        "requiredInputs": ["placements"],
    }


def _shared(docs: Mapping[str, Mapping[str, str]]) -> Spec:
    """Return the inputs that a fleet passes to its caches. Defaults would hide unset inputs."""
    names = {camel_case(name) for name in args.ImageCacheSettings.__annotations__}
    unwanted = ("default", "replaceOnChanges", "willReplaceOnChanges")
    return {
        row.name: {
            k: v for k, v in _input(row, docs["ImageCacheArgs"]).items() if k not in unwanted
        }
        for row in _rows()
        if row.name in names
    }


def _rows() -> list[Field]:
    return [row for row in PROPERTIES if not row.derived]


def _input(row: Field, docs: Mapping[str, str]) -> Spec:
    spec: Spec = dict(_TYPES[row.kind])
    if any(row.choices):
        spec["oneOf"] = [{"type": "string"}, {"$ref": f"#/types/eci:index:{_enum(row)}"}]
    spec["description"] = docs[snake_case(row.name)]
    if row.kind is Kind.INTEGER and row.default:
        spec["default"] = row.default
    if row.name in SECRET_INPUTS:
        spec["secret"] = True
    if all(other.change is Change.REPLACE for other in FIELDS if other.name == row.name):
        spec |= {"replaceOnChanges": True, "willReplaceOnChanges": True}
    return spec


def _enum(row: Field) -> str:
    return row.name[0].upper() + row.name[1:]


def _types(docs: Mapping[str, Mapping[str, str]]) -> Spec:
    types: Spec = _setting_objects()
    for name in _OBJECTS:
        members = docs[f"{name}Args"]
        types[f"eci:index:{name}"] = {
            "type": "object",
            "description": _ABOUT[name],
            "properties": {
                camel_case(member): _member(camel_case(member), text)
                for member, text in members.items()
            },
            "required": _REQUIRED_MEMBERS.get(name, []),
        }
    strings = {"type": "string"}
    types["eci:index:RegistryLogin"] = {
        "type": "object",
        "description": _ABOUT["RegistryLogin"],
        "properties": {"server": strings, "userName": strings},
        "required": ["server", "userName"],
    }
    types["eci:index:FoundImageCache"] = _found(docs)
    region = {"type": "string", "plain": True, "description": docs["Placement"]["region"]}
    types["eci:index:Placement"] = {
        "type": "object",
        "description": _ABOUT["Placement"],
        "properties": {"region": region, **_shared(docs)},
    }
    for row in _rows():
        if any(row.choices):
            choices = [choice for choice in row.choices if choice]
            types[f"eci:index:{_enum(row)}"] = {
                "type": "string",
                "description": docs["ImageCacheArgs"][snake_case(row.name)],
                "enum": [{"name": choice.capitalize(), "value": choice} for choice in choices],
            }
    return types


def _member(name: str, text: str) -> Spec:
    spec: Spec = {"type": "string", "description": text}
    if name == "domains":
        spec |= _TYPES[Kind.IMAGES]
    if name == "password":
        spec["secret"] = True
    if name in _REPLACING_MEMBERS:
        spec |= {"replaceOnChanges": True, "willReplaceOnChanges": True}
    return spec


def _found(docs: Mapping[str, Mapping[str, str]]) -> Spec:
    outputs = docs["ImageCache"]
    string: Spec = {"type": "string"}
    shown: Mapping[str, tuple[Spec, str]] = {
        "id": (string, "Id of the cache, `imc-…`."),
        "region": (string, outputs["region"]),
        "status": (string, "Status of the cache, such as `Ready`."),
        "imageCacheName": (string, outputs["image_cache_name"]),
        "images": (_TYPES[Kind.IMAGES], outputs["images"]),
        "imageCacheSize": ({"type": "integer"}, outputs["image_cache_size"]),
        "snapshotId": (string, "Snapshot that instances are started from."),
        "containerGroupId": (string, outputs["container_group_id"]),
        "resourceGroupId": (string, "Resource group of the cache."),
        "eliminationStrategy": (string, "`LRU`, or empty."),
        "tags": (_TYPES[Kind.TAGS], "All tags of the cache."),
    }
    return {
        "type": "object",
        "description": _ABOUT["FoundImageCache"],
        "properties": {name: {**kind, "description": text} for name, (kind, text) in shown.items()},
        "required": sorted({*shown} - {"imageCacheSize", "resourceGroupId"}),
    }


def _functions(docs: Mapping[str, Mapping[str, str]]) -> Spec:
    found = _found(docs)
    one: Spec = {
        "id": {"type": "string", "description": "Id of the cache, `imc-…`."},
        "region": {"type": "string", "description": "Region; by default the provider's."},
    }
    return {
        GET_IMAGE_CACHE: {
            "description": _ABOUT[GET_IMAGE_CACHE],
            "inputs": {"type": "object", "properties": one, "required": ["id"]},
            "outputs": found,
        },
        GET_IMAGE_CACHES: {
            "description": _ABOUT[GET_IMAGE_CACHES],
            "inputs": {"type": "object", "properties": _filters()},
            "outputs": {
                "type": "object",
                "properties": {
                    "caches": {
                        "type": "array",
                        "items": {"$ref": "#/types/eci:index:FoundImageCache"},
                        "description": "The caches, by name, or as `match` says.",
                    }
                },
                "required": ["caches"],
            },
        },
    }


def _filters() -> Spec:
    return {name: {**kind, "description": text} for name, (kind, text) in _FILTERS.items()}


# -- docstrings


def _arguments() -> dict[str, dict[str, str]]:
    """Read what the classes of `args` and `resource` say of each attribute, by class."""
    classes = (args.ImageRegistryCredentialArgs, args.AcrRegistryInfoArgs, args.ConnectionArgs)
    docs = {
        each.__name__: {
            name: _spell(text) or _say(name) for name, text in attribute_docs(each).items()
        }
        for each in classes
    }
    both = attribute_docs(args.ImageCacheSettings) | attribute_docs(args.ImageCacheArgs)
    docs["ImageCacheArgs"] = {name: _spell(text) for name, text in both.items()}
    for each in (fleet_args.ImageCacheFleetArgs, fleet_args.Placement):
        docs[each.__name__] = {name: _spell(text) for name, text in attribute_docs(each).items()}
    docs["ImageCache"] = _getters(ImageCache)
    outputs = {name: _spell(text) for name, text in attribute_docs(ImageCacheFleet).items()}
    docs["ImageCacheFleet"] = outputs | _getters(ImageCacheFleet)
    return docs


def _getters(kind: type) -> dict[str, str]:
    getters = {name: held for name, held in vars(kind).items() if isinstance(held, property)}
    return {name: _spell(held.__doc__ or "") for name, held in getters.items()}


def _say(name: str) -> str:
    return f"{name.replace('_', ' ').capitalize()}."


def _spell(text: str) -> str:
    """Join lines, and spell names in backticks as other languages do."""
    line = " ".join(text.split())
    return re.sub(r"`([a-z]+(?:_[a-z]+)+)`", lambda found: f"`{camel_case(found[1])}`", line)


def main() -> None:
    """Write the schema."""
    SCHEMA.write_text(write())
    print(f"wrote {SCHEMA.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
