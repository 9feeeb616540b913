"""Pictures of one item of clothing among others, all real pixels, with the box of each target.

A target is of one of six classes, the label; what lies beside it is of the other four, which are no label, so that only the target
tells. **Source items are dealt into groups before anything is composed**, and every picture is made of one group's items: folds that
keep groups on one side never test on an item that they trained on.
"""

import dataclasses

import numpy as np
import torch
from torch.nn import functional

import fashion

CANVAS = 56
"""Pixels a side: four times the area that an item has in its own image."""
GROUPS = 20
TARGETS = (0, 1, 3, 5, 6, 9)
"""T-shirt, trousers, dress, sandal, shirt, ankle boot. Distractors are pullovers, coats, sneakers and bags."""
DISTRACTORS = (2, 4, 7, 8)
TARGET_AREA, DISTRACTOR_AREA = (0.04, 0.40), (0.04, 0.25)
FEWEST, MOST = 2, 4
ATTEMPTS = 40
"""Places that are tried for a distractor before it is left out."""


@dataclasses.dataclass(frozen=True)
class Composites:
    images: fashion.Images
    """[n, CANVAS, CANVAS]; labels are places in TARGETS."""
    boxes: np.ndarray
    """[n, 4] x0, y0, x1, y1 as shares of the picture."""
    groups: np.ndarray
    items: list[list[int]]
    """What each picture is made of, the target first: places among the source images."""


def compose(images, count, seed):
    """`count` pictures, every class and every group in turn. Without reuse of targets as long as a group has some left."""
    random = np.random.default_rng(seed)
    pools = [Pool(images, places) for places in dealt(len(images), GROUPS, random)]
    canvases, boxes, items, labels, groups = [], [], [], [], []
    for number in range(count):
        group, label = number % GROUPS, number // GROUPS % len(TARGETS)
        canvas, box, used = pictured(images, pools[group], TARGETS[label], random)
        canvases.append(canvas)
        boxes.append([edge / CANVAS for edge in box])
        items.append(used)
        labels.append(label)
        groups.append(group)
    order = random.permutation(count)  # classes and groups would lie in turns otherwise
    ids = [f"composite-{place}" for place in range(count)]
    return Composites(fashion.Images(np.stack(canvases)[order], np.array(labels)[order], ids), np.array(boxes)[order],
                      np.array(groups)[order], [items[place] for place in order])


def dealt(count, groups, random):
    """Every place once, in `groups` parts that differ in size by one at most."""
    order = random.permutation(count)
    return [order[group::groups] for group in range(groups)]


class Pool:
    """The items of one group."""

    def __init__(self, images, places):
        self.distractors = places[np.isin(images.labels[places], DISTRACTORS)]
        self.targets = {label: places[images.labels[places] == label] for label in TARGETS}
        self.taken = dict.fromkeys(TARGETS, 0)

    def target(self, label):
        place = self.targets[label][self.taken[label] % len(self.targets[label])]
        self.taken[label] += 1
        return int(place)


def pictured(images, pool, label, random):
    """One picture, its target's box in pixels, and the items it is made of."""
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    target = pool.target(label)
    box = place_item(canvas, images.pixels[target], TARGET_AREA, [], random, attempts=None)
    used, taken = [target], [box]
    for place in random.choice(pool.distractors, random.integers(FEWEST, MOST + 1), replace=False):
        other = place_item(canvas, images.pixels[place], DISTRACTOR_AREA, taken, random, ATTEMPTS)
        if other is not None:
            taken.append(other)
            used.append(int(place))
    return canvas, box, used


def place_item(canvas, pixels, areas, taken, random, attempts):
    """Draws an item at a uniformly random scale and place that is free, and returns its box; None if `attempts` were in vain. A
    scale at which a long item would leave the picture is drawn again."""
    item = cropped(pixels)
    ratio = item.shape[0] / item.shape[1]
    while attempts is None or attempts > 0:
        attempts = None if attempts is None else attempts - 1
        area = random.uniform(*areas) * CANVAS**2
        height, width = round((area * ratio) ** 0.5), round((area / ratio) ** 0.5)
        if not (0 < height <= CANVAS and 0 < width <= CANVAS and areas[0] <= height * width / CANVAS**2 <= areas[1]):
            continue
        top, left = random.integers(CANVAS - height + 1), random.integers(CANVAS - width + 1)
        box = (int(left), int(top), int(left) + width, int(top) + height)
        if any(meet(box, other) for other in taken):
            continue
        canvas[top : top + height, left : left + width] = resized(item, height, width)
        return box
    return None


def meet(first, second):
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


def cropped(pixels):
    """Without the black ground around the item."""
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def resized(item, height, width):
    grey = torch.from_numpy(item.astype(np.float32))[None, None]
    sized = functional.interpolate(grey, (height, width), mode="bilinear", antialias=True, align_corners=False)
    return sized.round().clamp(0, 255).numpy().astype(np.uint8)[0, 0]
