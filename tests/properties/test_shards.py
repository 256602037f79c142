"""Images stay in their caches: the cost of a change, whatever changes led to the last layout."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_eci.model.fields import MAX_IMAGES
from pulumi_eci.model.images import distinct
from pulumi_eci.model.shards import Shards, fewest_caches, rearrange, spread
from tests.properties.profile import cases

_POOL = [f"team-{number % 7}/app-{number // 3}:{number % 3}" for number in range(90)]
_IMAGES = st.lists(st.sampled_from(_POOL), min_size=1, max_size=65, unique=True)
# Numbers of images at which a cache is added or removed, besides any other number.
_EDGES = st.sampled_from([1, 2, 19, 20, 21, 39, 40, 41, 59, 60, 61])


def lay(before: Shards, images: list[str]) -> Shards:
    """Return a layout with other images, in as few caches as possible."""
    return rearrange(before, spread(images, fewest_caches(len(distinct(images)))))


@st.composite
def layouts(draw: st.DrawFn) -> Shards:
    """Draw a layout after several updates, the last one to a number of images at such an edge."""
    shards: Shards = []
    for images in draw(st.lists(_IMAGES, min_size=1, max_size=4)):
        shards = lay(shards, images)
    if draw(st.booleans()):
        held = [image for shard in shards for image in shard]
        others = [image for image in _POOL if image not in held]
        count = draw(_EDGES)
        kept = draw(st.permutations(held))[:count]
        shards = lay(shards, kept + others[: count - len(kept)])
    return shards


def images_of(shards: Shards) -> list[str]:
    """Return the images of all caches."""
    return [image for shard in shards for image in shard]


def changed(before: Shards, after: Shards) -> int:
    """Count the caches whose images differ between both layouts."""
    return sum(old != new for old, new in zip(before, after, strict=False))


@cases(200)
@given(layouts(), _IMAGES)
def test_every_image_is_in_one_cache_of_at_most_twenty(before: Shards, images: list[str]) -> None:
    after = lay(before, images)
    assert sorted(images_of(after)) == sorted(images)
    assert len(after) == fewest_caches(len(images))
    assert all(1 <= len(shard) <= MAX_IMAGES for shard in after)
    assert lay(after, images) == after


@cases(200)
@given(layouts(), _IMAGES)
def test_images_that_stay_keep_their_order(before: Shards, images: list[str]) -> None:
    for old, new in zip(before, lay(before, images), strict=False):
        assert [i for i in old if i in new] == [i for i in new if i in old]


@cases(100)
@given(layouts(), st.data())
def test_another_spelling_changes_nothing(before: Shards, data: st.DataObject) -> None:
    held = images_of(before)
    respelled = set(data.draw(st.lists(st.sampled_from(held))))
    both = {image for image in respelled if data.draw(st.booleans())}
    images = [image for image in held if image not in respelled - both]
    assert lay(before, [*images, *(f"docker.io/{image}" for image in respelled)]) == before


@cases(200)
@given(layouts())
def test_one_image_more_changes_one_cache(before: Shards) -> None:
    held = images_of(before)
    after = lay(before, [*held, "new/image:1"])
    full = len(held) == MAX_IMAGES * len(before)
    assert (changed(before, after), len(after) - len(before)) == ((0, 1) if full else (1, 0))


@cases(200)
@given(layouts(), st.data())
def test_one_image_less_changes_one_cache(before: Shards, data: st.DataObject) -> None:
    held = images_of(before)
    assume(len(held) > 1)
    gone = data.draw(st.sampled_from(held))
    after = lay(before, [image for image in held if image != gone])
    if len(after) == len(before):
        assert changed(before, after) == 1
    else:
        moved = len(before[-1]) - (gone in before[-1])
        assert len(after) == len(before) - 1
        assert changed(before, after) <= moved + (gone not in before[-1])


@cases(200)
@given(layouts(), st.data())
def test_one_image_for_another_changes_its_cache(before: Shards, data: st.DataObject) -> None:
    held = images_of(before)
    gone = data.draw(st.sampled_from(held))
    after = lay(before, [*(image for image in held if image != gone), "new/image:1"])
    assert changed(before, after) == 1
    assert len(after) == len(before)


@cases(200)
@given(layouts(), _IMAGES)
def test_no_more_caches_change_than_images_do(before: Shards, images: list[str]) -> None:
    assume(fewest_caches(len(images)) >= len(before))
    after = lay(before, images)
    held = set(images_of(before))
    assert changed(before, after) <= len(held ^ set(images))
    for old, new in zip(before, after, strict=False):
        assert set(old) & set(images) <= set(new)


@cases(100)
@given(layouts(), st.data())
def test_the_order_of_images_has_no_effect(before: Shards, data: st.DataObject) -> None:
    held = images_of(before)
    mixed = data.draw(st.permutations(held))
    assert lay(before, [*mixed, held[0]]) == before


@cases(200)
@given(layouts(), _IMAGES, st.integers(min_value=1, max_value=12))
def test_a_declared_number_is_kept(before: Shards, images: list[str], caches: int) -> None:
    assume(fewest_caches(len(images)) <= caches <= len(images))
    after = rearrange(before, spread(images, caches))
    assert len(after) == caches
    assert sorted(images_of(after)) == sorted(images)
    assert all(1 <= len(shard) <= MAX_IMAGES for shard in after)
    assume(caches < len(images))
    less = rearrange(after, spread(images[1:], caches))
    assert changed(after, less) in ({1, 2} if [images[0]] in after else {1})


@cases(200)
@given(layouts(), st.data())
def test_new_tags_of_many_images_only_change_their_caches(
    before: Shards, data: st.DataObject
) -> None:
    held = images_of(before)
    bumped = set(data.draw(st.lists(st.sampled_from(held), unique=True)))
    after = lay(before, [image + "-next" if image in bumped else image for image in held])
    for old, new in zip(before, after, strict=True):
        assert (old == new) == bumped.isdisjoint(old)
