"""Turns one raw property into its value, and reports *all* problems of the property.

Each `Kind` has a converter and a decoder. Neither raises. A converter turns numbers, booleans and
texts into each other where the kind needs that; check() stores the result. A decoder returns what
is readable of an invalid value. A problem names the property and what to do. It quotes no value
except the name of an image, because the engine passes secrets in clear.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pulumi_eci.model.fields import (
    FIELDS,
    MAX_CREDENTIALS,
    MAX_IMAGES,
    MAX_TAG_KEY,
    MAX_TAG_VALUE,
    MAX_TAGS,
    NO_IMAGES,
    OWN_TAGS,
    RESERVED_TAG_PREFIXES,
    Field,
    Kind,
    snake_case,
)
from pulumi_eci.model.reference import InvalidReferenceError, is_digest, parse_reference
from pulumi_eci.model.spec import UNKNOWN, AcrRegistryInfo, ConnectionSpec, RegistryCredential
from pulumi_eci.model.text import is_storable, printable


@dataclass(frozen=True)
class Problem:
    """A problem of an input: *path* is Pulumi's property path, *reason* says what to do."""

    path: str
    reason: str


class Report:
    """Collects problems while decoders run."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, path: str, *reasons: str) -> None:
        """Add a problem of *path* for each reason."""
        self.problems.extend(Problem(path, reason) for reason in reasons)


# -- from one scalar to another

_EXACT = 2**53
"""Whole numbers from here on may have lost digits: the engine's numbers are floats."""
_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}
_DIGITS = re.compile(r"-?[0-9]{1,18}")


def convert(kind: Kind, value: Any) -> Any:  # noqa: ANN401 - inputs of any nesting
    """Convert numbers, booleans and texts within *value* to the type that *kind* has.

    For a text, `5` and `True` become `"5"` and `"true"`; for a number or boolean, their texts are
    converted back. A value that cannot be converted without loss stays as it is, and so does any
    other value, such as an output.
    """
    if kind is Kind.STRING:
        return _to_text(value)
    if kind is Kind.INTEGER:
        return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value
    if kind is Kind.BOOLEAN:
        return _BOOLEANS.get(value, value) if isinstance(value, str) else value
    return _to_texts(value) if kind in _HOLD_TEXTS else value


_HOLD_TEXTS = {Kind.TAGS, Kind.CREDENTIALS, Kind.ACR_INFOS, Kind.CONNECTION}


def _to_texts(value: Any) -> Any:  # noqa: ANN401 - inputs of any nesting
    if isinstance(value, Mapping):
        return {_to_text(key): _to_texts(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_to_texts(item) for item in value]
    return _to_text(value)


def _to_text(value: Any) -> Any:  # noqa: ANN401 - what is no scalar passes
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and abs(value) < _EXACT:
        return f"{Decimal(float.__repr__(value)).normalize():f}"  # without an exponent
    if isinstance(value, int) and abs(value) < _EXACT**2:
        return str(int(value))  # an enumeration's number, not its name
    return value


# -- texts that no program means

_OUTPUT_TEXT = re.compile(
    r"Calling \S+ on an \[?Output[<\[]T[>\]]\]? is not supported| at 0x[0-9a-fA-F]{6,}>"
)


def holds_output_text(value: object) -> bool:
    """Whether *value* is a text that an f-string or str() made of an Output, or of some object."""
    return isinstance(value, str) and bool(_OUTPUT_TEXT.search(value))


_FREE_FORM = frozenset(snake_case(row.name) for row in FIELDS if row.kind in (Kind.TAGS, Kind.JSON))
"""Arguments whose keys are chosen by the user."""


def output_texts(path: str, value: object, argument: str = "") -> Iterator[Problem]:
    """Report each text at any depth of *value* that was made of an Output.

    Args:
        path: The property path of *value*.
        value: A property value.
        argument: The innermost argument that holds *value*; by default *path*.
    """
    argument = argument or snake_case(path)
    if isinstance(value, Mapping):
        for key, item in value.items():
            is_argument = str(key).isidentifier() and argument not in _FREE_FORM
            inner = snake_case(str(key)) if is_argument else argument
            yield from output_texts(path, key, argument)
            yield from output_texts(_member(path, str(key)), item, inner)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from output_texts(f"{path}[{index}]", item, argument)
    elif holds_output_text(value):
        yield Problem(path, made_of_output(argument))


def made_of_output(argument: str) -> str:
    """Say what is wrong with a text of an Output, and what to do about *argument*."""
    return (
        "holds a text that an f-string or str() made of an Output, not the Output's value: build "
        f"`{argument}` with pulumi.Output.concat or pulumi.Output.format"
    )


_CONTROLS = "must not contain control characters, such as a line break"


def _control_problems(text: str) -> list[str]:
    return [] if is_storable(text) else [_CONTROLS]


# -- decoders


def _string(row: Field, value: object, report: Report) -> str | None:
    if not isinstance(value, str):
        report.add(row.name, _no_text(value))
        return None
    line = re.sub(r"[\t\r\n]", "", value) if row.multiline else value
    report.add(row.name, *_control_problems(line))
    if row.choices and value not in row.choices:
        choices = " or ".join(choice or "empty" for choice in row.choices)
        report.add(row.name, f"must be {choices} (case matters)")
    if row.pattern and not row.pattern.fullmatch(value):
        report.add(row.name, row.pattern_problem)
    return value


def _no_text(value: object) -> str:
    if isinstance(value, int | float):
        return "must be a string: put the number in quotes, because such a number loses digits"
    return "must be a string"


def _integer(row: Field, value: object, report: Report) -> int | None:
    # The engine's numbers are floats, and bool is a number to Python alone.
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (isinstance(value, float) and not value.is_integer())
    ):
        report.add(row.name, "must be a whole number")
        return None
    number = int(value)
    below = row.lowest is not None and number < row.lowest
    above = row.highest is not None and number > row.highest
    if below or above:
        report.add(row.name, _range(row))
    return number


def _range(row: Field) -> str:
    text = f"must be at least {row.lowest}"
    if row.highest is not None:
        text = f"must be between {row.lowest} and {row.highest}"
    return text + row.range_note


def _boolean(row: Field, value: object, report: Report) -> bool | None:
    if isinstance(value, bool):
        return value
    report.add(row.name, "must be true or false")
    return None


def _images(row: Field, value: object, report: Report) -> tuple[str, ...]:
    items = _list(row.name, value, report)
    if isinstance(value, list | tuple) and not items:
        report.add(row.name, NO_IMAGES)
    for index, image in enumerate(items):
        report.add(f"{row.name}[{index}]", *image_problems(image))
    # A repeated image counts once; one that is not known yet may be a repeated one.
    known = [image for image in items if isinstance(image, str) and image != UNKNOWN]
    images = tuple(dict.fromkeys(known))
    if len(images) > MAX_IMAGES:
        report.add(row.name, f"{len(images)} images: a cache takes at most {MAX_IMAGES}")
    return images


def image_problems(image: object) -> list[str]:
    """Return the problems of an image's name. They quote the name if it holds no password."""
    if not isinstance(image, str):
        return ["must be a string"]
    if not image.strip():
        return ["is empty: name a container image, such as nginx:1.27"]
    if image == UNKNOWN:
        return []
    if holds_output_text(image):
        return [made_of_output("images")]
    try:
        parse_reference(image)
    except InvalidReferenceError as error:
        reason = str(error)
        if any(char.isspace() for char in image):
            reason = "must not contain white space"
        elif "://" in image:
            reason = "must not contain a scheme (`https://`): begin with the registry's host"
        return [f"{_quoted(image)}{reason}"]
    return []


def _quoted(image: str) -> str:
    # A name that looks like user:password@host is not shown.
    return "" if "@" in image and "@sha256:" not in image else f'"{printable(image)}": '


def _tags(row: Field, value: object, report: Report) -> dict[str, str] | None:
    if not isinstance(value, Mapping):
        report.add(row.name, "must be a map from tag keys to tag values")
        return None
    if len(value) > MAX_TAGS:
        report.add(row.name, f"{len(value)} tags: a cache takes at most {MAX_TAGS}")
    for key, tag in value.items():
        report.add(_member(row.name, str(key)), *_key_problems(str(key)), *_value_problems(tag))
    return {str(key): tag for key, tag in value.items() if isinstance(tag, str) and tag != UNKNOWN}


def _key_problems(key: str) -> list[str]:
    problems = [] if key else ["the key is empty"]
    if len(key) > MAX_TAG_KEY:
        problems.append(f"the key is longer than {MAX_TAG_KEY} characters")
    if key in OWN_TAGS:
        problems.append(f"the key is reserved by the provider {OWN_TAGS[key]}")
    return problems + _reserved("key", key)


def _value_problems(tag: object) -> list[str]:
    if not isinstance(tag, str):
        return [f"the value {_no_text(tag)}"]
    problems = []
    if len(tag) > MAX_TAG_VALUE:
        problems.append(f"the value is longer than {MAX_TAG_VALUE} characters")
    return problems + _reserved("value", tag)


def _reserved(part: str, text: str) -> list[str]:
    problems = [f"the {part} {problem}" for problem in _control_problems(text)]
    if text.startswith(RESERVED_TAG_PREFIXES):
        problems.append(f"the {part} must not start with {' or '.join(RESERVED_TAG_PREFIXES)}")
    if "http://" in text or "https://" in text:
        problems.append(f"the {part} must not contain http:// or https://")
    return problems


def _member(name: str, key: str) -> str:
    shown = printable(key)
    return f"{name}.{shown}" if shown.isidentifier() else f'{name}["{shown}"]'


_CREDENTIAL = ("server", "userName", "password")


def _credentials(row: Field, value: object, report: Report) -> tuple[RegistryCredential, ...]:
    items = _list(row.name, value, report)
    if len(items) > MAX_CREDENTIALS:
        report.add(row.name, f"{len(items)} credentials: a cache takes at most {MAX_CREDENTIALS}")
    credentials = []
    for path, item in _objects(row.name, items, _CREDENTIAL, report):
        members = {name: _member_string(path, item, name, report) for name in _CREDENTIAL}
        for name, member in members.items():
            if member == "":
                report.add(f"{path}.{name}", "required")
        if "://" in members["server"]:
            report.add(f"{path}.server", "must be a host without a scheme (`https://`)")
        credentials.append(RegistryCredential(*members.values()))
    return tuple(credentials)


_ACR_STRINGS = ("instanceId", "instanceName", "regionId", "arnService", "arnUser")


def _acr_infos(row: Field, value: object, report: Report) -> tuple[AcrRegistryInfo, ...]:
    infos = []
    items = _list(row.name, value, report)
    for path, item in _objects(row.name, items, (*_ACR_STRINGS, "domains"), report):
        members = {name: _member_string(path, item, name, report) for name in _ACR_STRINGS}
        if not members["instanceId"]:
            report.add(f"{path}.instanceId", "required: the id of the instance, cri-…")
        texts = {snake_case(name): member for name, member in members.items()}
        domains = _domains(f"{path}.domains", item.get("domains"), report)
        infos.append(AcrRegistryInfo(**texts, domains=domains))
    return tuple(infos)


def _domains(path: str, value: object, report: Report) -> tuple[str, ...]:
    domains = [] if value is None else _list(path, value, report)
    for index, domain in enumerate(domains):
        _text(f"{path}[{index}]", domain, report)
    return tuple(domain for domain in domains if isinstance(domain, str))


def _objects(
    name: str, items: Sequence[Any], members: tuple[str, ...], report: Report
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the objects of a list, each with its path; report all other items."""
    places = [(f"{name}[{index}]", item) for index, item in enumerate(items)]
    objects = [(path, _object(path, item, members, report)) for path, item in places]
    return [(path, item) for path, item in objects if item is not None]


def _object(
    path: str, item: object, members: tuple[str, ...], report: Report
) -> Mapping[str, Any] | None:
    if isinstance(item, Mapping):
        for key in item:
            if key not in members:
                report.add(f"{path}.{printable(key)}", "unknown argument")
        return item
    if item == UNKNOWN:
        return dict.fromkeys(members, UNKNOWN)
    report.add(path, f"must be an object with {', '.join(members)}")
    return None


def _member_string(path: str, item: Mapping[str, Any], name: str, report: Report) -> str:
    value = item.get(name)
    return "" if value is None else _text(f"{path}.{name}", value, report)


def _text(path: str, value: object, report: Report) -> str:
    if isinstance(value, str):
        report.add(path, *_control_problems(value))
        return value
    report.add(path, _no_text(value))
    return UNKNOWN  # counts as present: a member has one problem at most


def _list(path: str, value: object, report: Report) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    if value == UNKNOWN:
        return [UNKNOWN]
    report.add(path, "must be a list")
    return []


_CONNECTION = ("region", "endpoint", "profile", "roleArn", "accountId")


def _connection(row: Field, value: object, report: Report) -> ConnectionSpec | None:
    item = _object(row.name, value, _CONNECTION, report)
    if item is None:
        return None
    return ConnectionSpec(*(_member_string(row.name, item, name, report) for name in _CONNECTION))


def _json(row: Field, value: object, report: Report) -> Any:  # noqa: ANN401 - any JSON value
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        report.add(row.name, "must be a JSON value")
        return None
    return value


def _digests(_row: Field, value: object, _report: Report) -> dict[str, str]:
    held = value if isinstance(value, Mapping) else {}
    return {image: d for image, d in held.items() if isinstance(image, str) and is_digest(d)}


DECODERS: dict[Kind, Callable[[Field, Any, Report], Any]] = {
    Kind.STRING: _string,
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: _boolean,
    Kind.IMAGES: _images,
    Kind.TAGS: _tags,
    Kind.CREDENTIALS: _credentials,
    Kind.ACR_INFOS: _acr_infos,
    Kind.CONNECTION: _connection,
    Kind.JSON: _json,
    Kind.DIGESTS: _digests,
}
