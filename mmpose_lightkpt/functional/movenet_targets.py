"""Training targets of MoveNet's four branches, for one or several people.

Two sets of rules exist. *Official*: TF's CenterNet target assigner, which
trained Google's models. *Article*: fire717's reproduction. Both are read
through :class:`TargetRules`; see :data:`OFFICIAL` and :data:`ARTICLE`.

Shapes: P people, K joints, grid of H x W cells. Person 0 is the crop's own
and wins where two people's regression or offset regions overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Dict, Optional, Sequence, Tuple

import numpy as np

from .heatmap import disc, exponential_disc, gaussian_disc
from .kernel_size import box_sigma, radius_by_area

__all__ = ['TargetRules', 'OFFICIAL', 'ARTICLE', 'movenet_targets']

# Ten times the OKS sigmas, from TF's released configs (the knee is theirs):
# nose, then eyes, ears, shoulders, elbows, wrists, hips, knees, ankles.
_PAIRS = (0.25, 0.35, 0.79, 0.72, 0.62, 1.07, 0.89, 0.89)
COCO_STDS = (0.26,) + tuple(std for std in _PAIRS for _ in range(2))


@dataclass(frozen=True)
class TargetRules:
    """How targets are drawn.

    Attributes:
        center: ``'keypoints'`` (mean of the labelled joints) or ``'box'``.
        kernel: ``'gaussian'`` (sigma from the size of the person's box) or
            ``'exponential'`` (radius by size bucket).
        regression_radius: cells round the centre that learn the regression.
        offset_radius: cells round a joint that learn its offset.
        min_sigma_cells: floor of the Gaussian's sigma.
        kernel_radius: cells, the same for every person and joint, where the
            Gaussian has 3 sigma; None is by the person's size.
    """

    center: str
    kernel: str
    regression_radius: int
    offset_radius: int
    min_sigma_cells: float
    kernel_radius: Optional[int] = None


OFFICIAL = TargetRules('keypoints', 'gaussian', 3, 3, 1.0)
ARTICLE = TargetRules('box', 'exponential', 0, 0, 1.0)


class _Region:
    """The cells within ``radius`` of each of V cells, as flat indices.

    ``take`` picks, of values (V, M) over the disc, those inside the grid.
    """

    def __init__(
        self,
        rows: np.ndarray,
        cells: np.ndarray,
        radius: int,
        grid: Tuple[int, int],
    ):
        width, height = grid
        dx, dy = disc(radius)
        self.x, self.y = cells[:, :1] + dx, cells[:, 1:] + dy
        flat = (rows[:, None] * height + self.y) * width + self.x
        edge = np.minimum(cells, np.array(grid) - 1 - cells)
        self._inside = (
            slice(None)
            if edge.min() >= radius
            else (
                (self.x >= 0)
                & (self.x < width)
                & (self.y >= 0)
                & (self.y < height)
            )
        )
        self.flat = self.take(flat)

    def take(self, values: np.ndarray) -> np.ndarray:
        return values[self._inside].ravel()


class _People:
    """The labelled joints of all people, the own person last.

    V joints: ``points`` (V, 2) in cells, ``joint`` (V, ), ``person`` (V, );
    of each person ``size`` (w, h) of its box, ``spread`` of its joints and
    ``center`` (P, 2).
    """

    def __init__(self, keypoints, visible, boxes, rules):
        shown = np.flatnonzero(visible.any(1))[::-1]
        keypoints, visible = keypoints[shown], visible[shown]
        self.person, self.joint = np.nonzero(visible)
        self.points = keypoints[self.person, self.joint]
        per_person = [k[v] for k, v in zip(keypoints, visible)]
        hull = np.array([[p.min(0), p.max(0)] for p in per_person])
        self.extent = np.maximum(hull[:, 1] - hull[:, 0], 1)
        box = hull if boxes is None else boxes[shown].reshape(-1, 2, 2)
        self.size = np.maximum(box[:, 1] - box[:, 0], 1)
        mean = np.array([p.mean(0) for p in per_person])
        self.center = mean if rules.center == 'keypoints' else box.mean(1)
        away = np.hypot(*(self.points - self.center[self.person]).T)
        self.spread = 2 * np.array(
            [away[self.person == i].mean() for i in range(len(shown))]
        )

    def centered(self, grid: Tuple[int, int]) -> np.ndarray:
        """Whose centre is in the frame (P, ); that of a box may not be."""
        size = np.array(grid)
        return np.all((self.center >= -0.5) & (self.center < size), axis=1)


def _snap(points: np.ndarray, grid: Tuple[int, int]) -> np.ndarray:
    """The nearest cell of each point."""
    return np.clip(np.rint(points).astype(np.int64), 0, np.array(grid) - 1)


def _gaussians(maps, rows, cells, sigma, grid) -> None:
    """Draw Gaussians; where two meet, the larger counts."""
    radius = int(np.ceil(3 * sigma.max()))
    region = _Region(rows, cells, radius, grid)
    np.maximum.at(maps, region.flat, region.take(gaussian_disc(sigma, radius)))


def _exponentials(maps, rows, cells, radius, grid) -> None:
    """Draw the article's kernel; where two meet they add up, to 1 at most."""
    for r in np.unique(radius):
        same = radius == r
        region = _Region(rows[same], cells[same], int(r), grid)
        values = exponential_disc(int(r))
        np.add.at(
            maps,
            region.flat,
            region.take(
                np.broadcast_to(values, (np.count_nonzero(same), values.size))
            ),
        )
    np.minimum(maps, 1, out=maps)


def _vectors(maps, weights, rows, cells, points, radius, grid) -> None:
    """Write point minus cell into the discs round ``cells``."""
    region = _Region(rows, cells, radius, grid)
    area = grid[0] * grid[1]
    x = region.flat + region.flat // area * area  # row k is channel 2k
    maps[x] = region.take(points[:, :1] - region.x)
    maps[x + area] = region.take(points[:, 1:] - region.y)
    weights[region.flat] = True


def _ignore_hidden(
    weights: np.ndarray, visible: np.ndarray, boxes: Optional[np.ndarray]
) -> None:
    """Blank each person's box in the maps of its joints without a label.

    If there are people, and nobody has a label, nothing is known at all.
    """
    if len(visible) and not visible.any():
        weights[:] = False
        return
    if boxes is None:
        weights[~visible.all(0)] = False
        return
    corner = np.array([0, 0, 1, 1])  # the last cell counts
    outer = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], 1)
    for hidden, (x1, y1, x2, y2) in zip(
        ~visible, (np.maximum(outer + corner, 0).astype(np.int64))
    ):
        if hidden.any():
            weights[hidden, y1:y2, x1:x2] = False


def _draw_heatmaps(people: _People, center, heat, rules, stds, grid) -> None:
    """Draw everybody's joints, and the centres that are in the frame."""
    cells, middle = _snap(people.points, grid), _snap(people.center, grid)
    drawn = people.centered(grid)
    one = np.zeros(np.count_nonzero(drawn), np.int64)
    if rules.kernel == 'gaussian':
        sigma, spread = _sigmas(people, rules, stds)
        _gaussians(heat, people.joint, cells, sigma, grid)
        if drawn.any():
            _gaussians(center, one, middle[drawn], spread[drawn], grid)
    else:
        radius = radius_by_area(people.extent, grid)
        if rules.kernel_radius is not None:
            radius[:] = rules.kernel_radius
        _exponentials(heat, people.joint, cells, radius[people.person], grid)
        if drawn.any():
            _exponentials(center, one, middle[drawn], radius[drawn] + 1, grid)


def _sigmas(people: _People, rules, stds) -> Tuple[np.ndarray, np.ndarray]:
    """Standard deviations of the joints (V, ) and of the centres (P, )."""
    sigma = box_sigma(people.size)[people.person] * stds[people.joint]
    spread = np.maximum(people.spread, 1)[:, None].repeat(2, 1)
    found = sigma, box_sigma(spread)
    if rules.kernel_radius is not None:
        found = tuple(np.full_like(f, rules.kernel_radius / 3) for f in found)
    return tuple(np.maximum(f, rules.min_sigma_cells) for f in found)


def _draw_vectors(people: _People, regression, offsets, weights, rules, grid):
    """Write everybody's regression and offsets, and where they count."""
    joint, points = people.joint, people.points
    cells = _snap(points, grid)
    radius = rules.offset_radius
    _vectors(offsets, weights[2], joint, cells, points, radius, grid)
    of = people.centered(grid)[people.person]
    if of.any():
        joint, points, radius = joint[of], points[of], rules.regression_radius
        cells = _snap(people.center[people.person[of]], grid)
        _vectors(regression, weights[1], joint, cells, points, radius, grid)


@lru_cache(maxsize=32)
def _default_stds(k: int) -> np.ndarray:
    return np.array(COCO_STDS if k == 17 else [np.mean(COCO_STDS)] * k)


def _check_stds(stds: Optional[Sequence[float]], k: int) -> np.ndarray:
    """The width of each joint's Gaussian relative to the box's, (K, )."""
    if stds is None:
        return _default_stds(k)
    stds = np.asarray(stds, np.float64)
    if stds.shape != (k,) or not (stds > 0).all():
        raise ValueError(
            f'movenet_targets: keypoint stds must be {k} positive numbers, '
            f'one for each joint, got {stds.tolist()}'
        )
    return stds


def movenet_targets(
    keypoints: np.ndarray,
    visible: np.ndarray,
    boxes: Optional[np.ndarray],
    grid: Tuple[int, int],
    rules: TargetRules = OFFICIAL,
    stds: Optional[Sequence[float]] = None,
) -> Dict[str, np.ndarray]:
    """Draw the targets of all people in a frame.

    Float maps are views of one array and weights of another, so that one
    index draws into several of them at once.

    Args:
        keypoints: (P, K, 2), (x, y) in cells, real-valued.
        visible: (P, K) bool: labelled and inside of the frame.
        boxes: (P, 4) xyxy in cells, or None: then a joint without a label
            is ignored in the whole frame and not in its person's box only,
            and the box is the labelled joints' own.
        grid: (W, H).
        rules: see :class:`TargetRules`.
        stds: width of each joint's Gaussian relative to the box's, (K, );
            COCO's where K is 17, their mean otherwise.

    Returns:
        ``center_heatmaps`` (1, H, W), ``heatmaps`` (K, H, W), ``regression``
        and ``offsets`` (2K, H, W) in cells, all float32; ``heatmap_weights``,
        ``regression_weights`` and ``offset_weights``, (K, H, W) bool.

    Raises:
        ValueError: ``stds`` are not K positive numbers.
    """
    k, shape = keypoints.shape[1], grid[::-1]
    stds = _check_stds(stds, k)
    maps = np.zeros((1 + 5 * k,) + shape, np.float32)
    parts = np.split(maps, [1, 1 + k, 1 + 3 * k])
    weights = np.zeros((3, k) + shape, bool)
    weights[0] = True
    _ignore_hidden(weights[0], visible, boxes)
    if visible.any():
        people = _People(keypoints, visible, boxes, rules)
        center, heat, regression, offsets = (p.reshape(-1) for p in parts)
        _draw_heatmaps(people, center, heat, rules, stds, grid)
        flat = weights.reshape(3, -1)
        _draw_vectors(people, regression, offsets, flat, rules, grid)
        # What is drawn is known, also inside of somebody's ignored box.
        weights[0] |= parts[1] > 0.05
    return dict(
        center_heatmaps=parts[0],
        heatmaps=parts[1],
        heatmap_weights=weights[0],
        regression=parts[2],
        regression_weights=weights[1],
        offsets=parts[3],
        offset_weights=weights[2],
    )
