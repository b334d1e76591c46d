"""A picture's pixels as at most so many contiguous regions: over-segmentation, then merging. Arrays in, arrays out.

Felzenszwalb and Huttenlocher (2004) on a small copy gives the pieces. Pieces are merged by the energy of Mumford and
Shah's piecewise constant model, as in Koepfler, Lopez and Morel (1994): a pair costs the rise of squared colour error
per pixel of border that goes away, and the cheapest pair is merged first. Then the borders are moved to the colour
edges of the full map. The paper of GAT asks for "large contiguous regions" and says no more: all figures here are our
choice. Equal input gives equal output on one machine and one set of versions.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Labels", "beside_a_border", "borders_between", "partition"]

Labels = NDArray[np.intp]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
_Graph = list[dict[int, int]]

# Pieces are found on a copy of this side at most: the search takes 300 ms of CPU at 512 x 512 and 50 at 256 x 256, and
# merging to a few regions leaves nothing of the finer detail.
_COARSE = 256
# Of Felzenszwalb and Huttenlocher, for colours as CIELAB / 100: a few hundred pieces in a photograph.
_SCALE = 25.0
_SMOOTHING = 0.8
_SMALLEST_PIECE = 0.002
# In a copy narrower than this, strips of a few pixels may be all there is.
_NARROW = 64
# A region below this share of the picture costs less to merge, in proportion: regions are to be large.
_SMALL = 0.01
# Squared CIELAB units by pixels of area a pixel of border: below this, two regions are one.
_ALIKE = 1.0
# Half width, in pixels of the full map, of the band in which a border is moved.
_BAND = 3


def partition(lab: Floats, most: int) -> Labels:
    """Label each pixel of a picture.

    Args:
        lab: height x width x 3, CIELAB (L* 0 to 100).
        most: how many regions there may be, at least 1.

    Returns:
        height x width, labels 0, 1, ... without gaps, in no order that means anything; each label is one 4-connected
        region.
    """
    step = -(-max(lab.shape[:2]) // _COARSE)
    coarse = _block_means(lab, step)
    labels = _merged(_pieces(coarse), coarse, most)
    full = np.repeat(np.repeat(labels, step, axis=0), step, axis=1)[: lab.shape[0], : lab.shape[1]]
    return _contiguous(_moved_to_edges(full, lab), lab)


def _block_means(lab: Floats, step: int) -> Floats:
    """Means of blocks of `step` x `step`; blocks that reach over the picture repeat its edge."""
    if step == 1:
        return lab
    height, width = lab.shape[:2]
    padded = np.pad(lab, ((0, -height % step), (0, -width % step), (0, 0)), mode="edge")
    rows = padded.reshape(-1, step, padded.shape[1], 3).mean(axis=1, dtype=np.float32)
    blocks = rows.reshape(len(rows), -1, step, 3).mean(axis=2, dtype=np.float32)
    return np.asarray(blocks, dtype=np.float32)


def _pieces(lab: Floats) -> Labels:
    """The over-segmentation. Its own regions may touch at corners only, so each 4-connected part is a piece."""
    from skimage.segmentation import felzenszwalb

    smallest = max(1, round(_SMALLEST_PIECE * lab.shape[0] * lab.shape[1]))
    found = felzenszwalb(lab.astype(np.float64) / 100, scale=_SCALE, sigma=_SMOOTHING, min_size=smallest)
    # Blurred edges leave strips along them, which no region should be made of: what counts is a piece's core, the
    # pixels that are further than this from another piece.
    depth = 1 if min(lab.shape[:2]) >= _NARROW else 0
    return _absorbed(_parts(found), lambda parts: ~_widened(beside_a_border(parts), depth), max(1, smallest // 4), lab)


def _parts(labels: Labels) -> Labels:
    """The 4-connected parts of equal label, numbered from 0 in reading order."""
    from skimage.measure import label

    found = label(labels, background=-1, connectivity=1)  # type: ignore[no-untyped-call]
    return np.asarray(found, dtype=np.intp) - 1


def borders_between(labels: Labels) -> tuple[Labels, Labels]:
    """The pairs of adjacent labels, pairs x 2 with the smaller first, and each pair's border in pixel sides."""
    count = int(labels.max()) + 1
    keys = []
    for first, second in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        differ = first != second
        one, other = first[differ], second[differ]
        keys.append(np.minimum(one, other) * count + np.maximum(one, other))
    pairs, lengths = np.unique(np.concatenate(keys), return_counts=True)
    return np.stack(np.divmod(pairs, count), axis=1), lengths


def _absorbed(parts: Labels, counted: Callable[[Labels], Mask], least: int, lab: Floats) -> Labels:
    """Merge each light part with the neighbour that it costs least to, until none is left.

    A part is light that holds fewer than `least` of the pixels that `counted` finds. In each round all light parts
    choose at once, which at least halves them.
    """
    from scipy.sparse import coo_array  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    count = int(parts.max()) + 1
    weights = np.bincount(parts[counted(parts)], minlength=count)
    while count > 1 and weights.min() < least:
        pairs, lengths = borders_between(parts)
        means = _sums(parts, lab, count) / np.bincount(parts.ravel())[:, None]
        costs = np.square(means[pairs[:, 0]] - means[pairs[:, 1]]).sum(axis=1) / lengths
        both = np.concatenate([pairs, pairs[:, ::-1]])
        order = np.lexsort((both[:, 1], np.tile(costs, 2), both[:, 0]))
        part, first = np.unique(both[order, 0], return_index=True)
        chosen = both[order, 1][first]
        light = weights[part] < least
        links = coo_array((np.ones(light.sum()), (part[light], chosen[light])), shape=(count, count))
        count, into = connected_components(links, directed=False)
        parts = into.astype(np.intp)[parts]
        weights = np.bincount(parts[counted(parts)], minlength=count)
    return parts


def _sums(labels: Labels, values: Floats, count: int) -> NDArray[np.float64]:
    flat = labels.ravel()
    return np.stack([np.bincount(flat, values[..., band].ravel(), count) for band in range(values.shape[-1])], axis=1)


def _merged(labels: Labels, lab: Floats, most: int) -> Labels:
    """Merge the cheapest pair of adjacent regions until at most `most` are left, and all that are alike."""
    count = int(labels.max()) + 1
    # Plain floats: arrays of three numbers would take most of the time.
    areas = np.bincount(labels.ravel(), minlength=count).astype(np.float64).tolist()
    sums = _sums(labels, lab, count).tolist()
    small = _SMALL * labels.size
    near: _Graph = [{} for _ in range(count)]
    pairs, lengths = borders_between(labels)
    for (one, other), length in zip(pairs.tolist(), lengths.tolist(), strict=True):
        near[one][other] = near[other][one] = length

    def cost(one: int, other: int) -> float:
        size, size_other = areas[one], areas[other]
        squared = sum((a / size - b / size_other) ** 2 for a, b in zip(sums[one], sums[other], strict=True))
        fade = min(1.0, size / small, size_other / small)
        return float(fade * squared * size * size_other / (size + size_other)) / near[one][other]

    age = [0] * count
    into = np.arange(count)
    queue = [(cost(a, b), a, b, 0, 0) for a in range(count) for b in near[a] if a < b]
    heapq.heapify(queue)
    while queue:
        price, keep, gone, *ages = heapq.heappop(queue)
        if ages != [age[keep], age[gone]]:  # one of them has grown or gone since
            continue
        if count <= most and price >= _ALIKE:
            break
        into[into == gone] = keep
        areas[keep] += areas[gone]
        sums[keep] = [a + b for a, b in zip(sums[keep], sums[gone], strict=True)]
        age[keep] += 1
        age[gone] = -1
        count -= 1
        _join(near, keep, gone)
        for other in near[keep]:
            low, high = min(keep, other), max(keep, other)
            heapq.heappush(queue, (cost(low, high), low, high, age[low], age[high]))
    return _gapless(into[labels])


def _join(near: _Graph, keep: int, gone: int) -> None:
    """Give `keep` the borders of its neighbour `gone`."""
    for other, length in near[gone].items():
        del near[other][gone]
        if other != keep:
            near[keep][other] = near[other][keep] = near[keep].get(other, 0) + length


def _gapless(labels: Labels) -> Labels:
    used = np.zeros(int(labels.max()) + 1, dtype=np.intp)
    used[labels] = 1
    return np.asarray((np.cumsum(used) - 1)[labels], dtype=np.intp)


def _widened(mask: Mask, by: int) -> Mask:
    """`mask` and all pixels at most `by` rows and columns away from it."""
    from scipy.ndimage import maximum_filter1d  # type: ignore[import-untyped]

    wide = mask.view(np.uint8)
    for axis in (0, 1):
        wide = maximum_filter1d(wide, 2 * by + 1, axis=axis, mode="nearest")
    return np.asarray(wide, dtype=np.bool_)


def beside_a_border(labels: Labels) -> Mask:
    """The pixels with a neighbour of another label above, below, left or right."""
    beside = np.zeros(labels.shape, dtype=np.bool_)
    across, down = labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]
    beside[:, 1:] |= across
    beside[:, :-1] |= across
    beside[1:] |= down
    beside[:-1] |= down
    return beside


def _moved_to_edges(labels: Labels, lab: Floats) -> Labels:
    """Flood the band around the borders from both sides, over the colour gradient (Meyer's watershed)."""
    from skimage.segmentation import watershed

    band = _widened(beside_a_border(labels), _BAND - 1)
    markers = np.where(band, 0, labels + 1)
    left = np.bincount(markers.ravel(), minlength=int(labels.max()) + 2)[1:]
    # A region that the band swallows whole stays as it is.
    band &= (left > 0)[labels]
    markers = np.where(band, 0, labels + 1)
    reach = _widened(band, 1)
    flooded = watershed(_gradient(lab), markers, mask=reach)  # type: ignore[no-untyped-call]
    return np.where(band & (flooded > 0), flooded - 1, labels)


def _gradient(lab: Floats) -> Floats:
    """Colour difference across each pixel, in CIELAB units."""
    squared = np.zeros(lab.shape[:2], dtype=np.float32)
    if lab.shape[1] > 2:
        squared[:, 1:-1] += np.square(lab[:, 2:] - lab[:, :-2]).sum(axis=-1)
    if lab.shape[0] > 2:
        squared[1:-1] += np.square(lab[2:] - lab[:-2]).sum(axis=-1)
    return np.sqrt(squared)


def _contiguous(labels: Labels, lab: Floats) -> Labels:
    """Merge each part of a region but its largest with a neighbour."""
    parts = _parts(labels)
    areas = np.bincount(parts.ravel())
    owner = np.zeros(len(areas), dtype=np.intp)
    owner[parts] = labels
    order = np.lexsort((np.arange(len(areas)), -areas))
    mains = order[np.unique(owner[order], return_index=True)[1]]
    main = np.isin(parts, mains)
    # Each stray part chooses one neighbour, so that no two main parts are joined.
    whole = _absorbed(parts, lambda parts: main, 1, lab)
    # What moving the borders has all but eaten up goes too.
    least = max(1, round(_SMALLEST_PIECE * labels.size / 2))
    return _absorbed(whole, lambda parts: np.ones(parts.shape, dtype=np.bool_), least, lab)
