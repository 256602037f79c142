"""The service's own answer: which caches match the images of a workload."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pulumi_eci.model.request import Parameters
from pulumi_eci_cli.listing.caches import Listed
from pulumi_eci_cli.match.decide import Caches, Match, names, with_service

MOST_IMAGES = 100
"""How many images the service takes in one question."""


def ask(
    matches: Iterable[Match],
    caches: Caches,
    find: Callable[[Parameters], list[Listed]],
    progress: Callable[[int, int | None], None],
) -> list[Match]:
    """Compare *matches* with what the service says, with one question for each set of images.

    The question is which caches have as many of the images as the best one has; a workload with
    more than `MOST_IMAGES` is not asked about.

    Args:
        matches: What was decided here.
        caches: The caches that it was decided on.
        find: Lists the caches that parameters of DescribeImageCaches ask for.
        progress: Is told how many are compared, of how many.
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
