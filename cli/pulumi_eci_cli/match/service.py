"""Compares matches with the service's own matching, by calls of DescribeImageCaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pulumi_eci.model.request import Parameters
from pulumi_eci_cli.listing.caches import Listed
from pulumi_eci_cli.match.decide import Caches, Match, names, with_service

MOST_IMAGES = 100
"""Most images in one call."""


def ask(
    matches: Iterable[Match],
    caches: Caches,
    find: Callable[[Parameters], list[Listed]],
    progress: Callable[[int, int | None], None],
) -> list[Match]:
    """Return *matches* with the difference to the service's own matching.

    One call for each set of images returns the caches that have as many of the images as the best
    cache. Workloads with more than `MOST_IMAGES` images are not compared.

    Args:
        matches: The matches.
        caches: The caches of the region.
        find: Returns the caches for parameters of DescribeImageCaches.
        progress: Called with the number of compared workloads, and the total.
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
