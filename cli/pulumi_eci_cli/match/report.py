"""The output of `pulumi-eci match`: a table or one JSON object. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pulumi_eci.api.connection import Connection
from pulumi_eci.model.text import printable
from pulumi_eci.program.manifests.workloads import Workload
from pulumi_eci_cli.match.decide import GRADES, Grade, Match, Reason

_HEAD = ("WORKLOAD", "MATCH", "CACHE", "FOUND IN")
_GAP = "  "


def title(workload: Workload) -> str:
    """Name a workload: `namespace/kind/name`, with its part or overlay."""
    parts = (workload.namespace, workload.kind, workload.name or "?")
    name = "/".join(each for each in parts if each)
    name += f" [{workload.part}]" if workload.part else ""
    return printable(name + (f" ({workload.overlay})" if workload.overlay else ""))


def table(
    matches: Sequence[Match], paint: Callable[[Grade, str], str] = lambda _, text: text
) -> Iterator[str]:
    """Yield a line and the reasons of missing images for each workload, and a line with counts.

    *paint* colours the cell of a grade.
    """
    rows = [_row(each) for each in matches]
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    yield _line(_HEAD, widths, lambda text: text)
    for match, row in zip(matches, rows, strict=True):

        def painted(text: str, grade: Grade = match.grade) -> str:
            return paint(grade, text)

        yield _line(row, widths, painted)
        for line in _below(match):
            yield f"{_GAP}{printable(line)}"
    count = Counter(each.grade for each in matches)
    grades = ", ".join(f"{count[grade]} {grade}" for grade in reversed(GRADES))
    yield f"{len(matches)} workloads: {grades}"


def as_json(matches: Sequence[Match], connection: Connection, required: Grade | None) -> str:
    """Return the matches as one JSON object, in the form of docs/schemas/match.json."""
    count = Counter(each.grade for each in matches)
    found = {
        "region": connection.region,
        "endpoint": connection.endpoint,
        "require": required,
        "met": required is None or all(each.meets(required) for each in matches),
        "summary": {grade: count[grade] for grade in reversed(GRADES)},
        "workloads": [_record(each) for each in matches],
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


def _row(match: Match) -> tuple[str, ...]:
    share = f" {match.matched}/{len(match.images)}" if match.grade == "partial" else ""
    cache = match.cache.seen.image_cache_id if match.cache is not None else "-"
    found_in = printable(match.workload.found_in)
    return title(match.workload), match.grade + share, cache, found_in


def _line(row: Sequence[str], widths: Sequence[int], paint: Callable[[str], str]) -> str:
    name, grade, *others = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return _GAP.join([name, paint(grade), *others]).rstrip()


def _below(match: Match) -> Iterator[str]:
    if match.reason is not None:
        yield match.reason.text
    for image in match.images:
        if image.reason is not None and image.reason is not match.reason:
            yield f"{image.name}: {image.reason.text}"
    for note in match.notes:
        yield f"note: {note.text}"
    if match.service is not None:
        for words, ids in (
            ("the service names other caches", match.service.only_service),
            ("the service does not name", match.service.only_here),
        ):
            if ids:
                yield f"{words}: {', '.join(ids)}"


def _record(match: Match) -> dict[str, Any]:
    workload, service = match.workload, match.service
    return {
        "kind": workload.kind,
        "name": workload.name,
        "namespace": workload.namespace,
        "part": workload.part,
        "overlay": workload.overlay,
        "found_in": workload.found_in,
        "match": match.grade,
        "matched": match.matched,
        "total": len(match.images),
        "cache": match.cache and match.cache.seen.image_cache_id,
        "reason": _reason(match.reason),
        "images": [
            {"image": each.name, "cached": each.reason is None, "reason": _reason(each.reason)}
            for each in match.images
        ],
        "notes": [_reason(each) for each in match.notes],
        "service": service
        and {
            "agrees": service.agrees,
            "only_service": list(service.only_service),
            "only_here": list(service.only_here),
        },
    }


def _reason(reason: Reason | None) -> dict[str, str] | None:
    return None if reason is None else {"code": reason.code, "text": reason.text}
