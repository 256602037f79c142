"""The output of `pulumi-eci images`: a table or a JSON list. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_eci.model.text import printable
from pulumi_eci.registry.answer import Answer, Failure, compressed_bytes, needed_gib

_HEAD = ("IMAGE", "EXISTS", "DIGEST", "PLATFORMS", "COMPRESSED", "PROBLEM")
_GAP = "  "
_SHORT_DIGEST = len("sha256:") + 12
_WORDS = {True: "yes", False: "no", None: "?"}


def table(answers: Mapping[str, Answer]) -> Iterator[str]:
    """Yield the lines of a table; the last line has the total size."""
    rows = [_HEAD, *(_row(image, answer) for image, answer in answers.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        yield _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    known = [answer for answer in answers.values() if answer.layers is not None]
    total = compressed_bytes(known)
    if not known:
        yield "the size of a cache is not known, because no image's size is known"
        return
    needs = "needs" if len(known) == len(answers) else "needs at least"
    yield (
        f"{len(known)} of {len(answers)} images, {size(total)} compressed (each layer counted "
        f"once): a cache {needs} image_cache_size={needed_gib(total)}"
    )


def as_json(answers: Mapping[str, Answer]) -> str:
    """Return a JSON list with one object for each image; unknown values are null."""
    found = [_record(image, answer) for image, answer in answers.items()]
    return json.dumps(found, indent=2, ensure_ascii=False)


def size(count: int) -> str:
    """Return a number of bytes in a suitable unit, such as `52.3 MiB`."""
    number = float(count)
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:  # noqa: PLR2004 - what the units are made of
            return f"{number:.3g} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"


def _exists(answer: Answer) -> bool | None:
    if answer.digest:
        return True
    return False if answer.failure is Failure.MISSING else None


def _row(image: str, answer: Answer) -> tuple[str, ...]:
    return (
        printable(image),
        _WORDS[_exists(answer)],
        answer.digest[:_SHORT_DIGEST] or "-",
        ", ".join(answer.platforms) or "-",
        "-" if answer.layers is None else size(compressed_bytes([answer])),
        answer.problem,
    )


def _record(image: str, answer: Answer) -> dict[str, Any]:
    return {
        "image": image,
        "exists": _exists(answer),
        "digest": answer.digest or None,
        "platforms": list(answer.platforms),
        "compressed_bytes": None if answer.layers is None else compressed_bytes([answer]),
        "problem": answer.problem or None,
    }
