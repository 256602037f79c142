"""Get the service's matches for the images of a workload."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pulumi_eci.model.request import Parameters
from pulumi_eci_cli.listing.caches import Listed
from pulumi_eci_cli.match.decide import Caches, Match, names, with_service

MOST_IMAGES = 100
"""Largest number of images in one call."""


def ask(
    matches: Iterable[Match],
    caches: Caches,
    find: Callable[[Parameters], list[Listed]],
    progress: Callable[[int, int | None], None],
) -> list[Match]:
    """Compare *matches* with the matches of the service, with one call for each set of images.

    The call returns the caches that have as many of the images as the best cache has. A workload
    with more than `MOST_IMAGES` is skipped.

    Args:
        matches: The decisions of this command.
        caches: The caches of the decisions.
        find: Lists caches with parameters of DescribeImageCaches.
        progress: Called with the number of compared sets, and the total.
    """
    all_of_them = list(matches)
    answers: dict[tuple[frozenset[str], int], list[Listed]] = {}
    compared: list[Match] = []
    for done, match in enumerate(all_of_them):
        progress(done, len(all_of_them))
        written = names(match.workload)
        least = max([1, *caches.counts(written).values()])
        if len(written) > MOST_IMAGES:
            compared.append(match)
            continue
        question = frozenset(written.values()), least
        if question not in answers:
            parameters = {
                "MatchImage": sorted(written.values()),
                "ImageMatchCountRequest": least,
            }
            answers[question] = find(parameters)
        compared.append(with_service(match, caches, least, answers[question]))
    return compared
