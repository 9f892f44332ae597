"""MoveNet's decode of several people, as MultiPose does it.

The rules are those of the TF Object Detection API
(``prediction_to_keypoints_argmax``): the strongest peaks of the centre map
are people; a joint is sought where its heatmap, times a Gaussian round the
point that the centre's regression gives, is highest inside the person's
predicted box; the offset refines the cell that wins.

Convention: cell ``j`` of the grid lies at input pixel ``j * stride``. Shapes:
N images, P people, K joints, H x W grid. Channels of vectors are x before y.
"""

from __future__ import annotations

from typing import Any, List, NamedTuple, Tuple

import numpy as np

from .movenet_peaks import center_peaks

__all__ = ['People', 'Candidates', 'candidates', 'decode', 'decode_people']

MAX_PEOPLE = 6
MIN_CENTER = 0.1
GAUSSIAN_RATIO = 0.3
# Scores of joints below it do not count in their person's (TF's value).
RESCORING_THRESHOLD = 0.127


class People(NamedTuple):
    """Who is in an image, the highest centre first; P may be 0."""

    keypoints: np.ndarray
    """(P, K, 2) in input pixels."""
    scores: np.ndarray
    """(P, K) in [0, 1]."""
    boxes: np.ndarray
    """(P, 4) x1, y1, x2, y2 in input pixels, inside of the frame."""
    person_scores: np.ndarray
    """(P,) in [0, 1]."""


class Candidates(NamedTuple):
    """People whose joints are still to be sought; lengths in cells."""

    cells: np.ndarray
    """(P,) flat indices of the centres."""
    values: np.ndarray
    """(P,) of the centre map, in falling order."""
    boxes: np.ndarray
    """(P, 4) x1, y1, x2, y2, cut at the frame."""
    weights_x: np.ndarray
    """(P, K, W): times ``weights_y`` it is the Gaussian of each joint."""
    weights_y: np.ndarray
    """(P, K, H)."""


def _boxes(
    x: np.ndarray,
    y: np.ndarray,
    box_offsets: np.ndarray,
    box_sizes: np.ndarray,
) -> np.ndarray:
    """Boxes (P, 4) of the centres in cells (x, y)."""
    _, height, width = box_sizes.shape
    middle = np.stack([x, y], 1) + box_offsets[:, y, x].T
    half = np.maximum(box_sizes[:, y, x].T, 0) / 2
    corners = np.stack([middle - half, middle + half], 1)
    frame = np.array([width, height], np.float32)
    return np.clip(corners, 0, frame).reshape(-1, 4).astype(np.float32)


def _gaussian(points: np.ndarray, size: int, scale: float) -> np.ndarray:
    """exp(scale * (j - points)^2) for j < size, (..., size)."""
    steps = np.arange(size, dtype=np.float32) - points[..., None]
    return np.exp(np.float32(scale) * np.square(steps))


def candidates(
    center: np.ndarray,
    regression: np.ndarray,
    box_offsets: np.ndarray,
    box_sizes: np.ndarray,
    max_people: int = MAX_PEOPLE,
    min_center: float = MIN_CENTER,
    gaussian_ratio: float = GAUSSIAN_RATIO,
) -> Candidates:
    r"""The people of one image, whose box holds at least one cell.

    .. math:: \exp(-d^2 / (r \min(H, W)))

    is the weight at distance d, in cells, from where a joint is expected.

    Args:
        center: (H, W).
        regression: (2K, H, W).
        box_offsets: (2, H, W).
        box_sizes: (2, H, W).
        max_people: see :func:`decode_people`, as the others.
        min_center: likewise.
        gaussian_ratio: r.
    """
    height, width = center.shape
    cells = center_peaks(center, max_people, min_center)
    y, x = np.divmod(cells, width)
    boxes = _boxes(x, y, box_offsets, box_sizes)
    edges = np.ceil(boxes)
    kept = (edges[:, :2] < edges[:, 2:]).all(1)
    x, y, boxes = x[kept], y[kept], boxes[kept]
    expected = regression[:, y, x].T.reshape(len(x), len(regression) // 2, 2)
    expected = expected + np.stack([x, y], 1).astype(np.float32)[:, None]
    scale = -1 / (gaussian_ratio * min(height, width))
    return Candidates(
        cells[kept],
        center[y, x],
        boxes,
        _gaussian(expected[..., 0], width, scale),
        _gaussian(expected[..., 1], height, scale),
    )


def _find_joints(
    heatmaps: np.ndarray, found: Candidates
) -> Tuple[np.ndarray, np.ndarray]:
    """Cells x and y (P, K) that win inside of each person's box.

    A cell j is inside where x1 <= j < x2.
    """
    people, joints = found.weights_x.shape[:2]
    cells = np.empty((2, people, joints), np.int64)
    for i, (x1, y1, x2, y2) in enumerate(np.ceil(found.boxes).astype(int)):
        weighted = (
            heatmaps[:, y1:y2, x1:x2] * found.weights_y[i, :, y1:y2, None]
        )
        weighted *= found.weights_x[i, :, None, x1:x2]
        best = weighted.reshape(joints, -1).argmax(1)
        cells[1, i], cells[0, i] = np.divmod(best, x2 - x1)
        cells[:, i] += np.array([[x1], [y1]])
    return cells[0], cells[1]


def _joint_scores(
    heatmaps: np.ndarray, found: Candidates, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """(P, K): the highest weighted value that anybody gives to the cell."""
    joint = np.arange(x.shape[1])
    weight = found.weights_x[:, joint, x] * found.weights_y[:, joint, y]
    x1, y1, x2, y2 = found.boxes.T[:, :, None, None]
    weight *= (x >= x1) & (x < x2) & (y >= y1) & (y < y2)
    return heatmaps[joint, y, x] * weight.max(0, initial=0)


def _person_scores(values: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Centre times the mean of the joints that reach the threshold."""
    seen = scores > RESCORING_THRESHOLD
    count = np.maximum(seen.sum(1), 1).astype(np.float32)
    return values * (scores * seen).sum(1) / count


def decode_people(
    center: np.ndarray,
    heatmaps: np.ndarray,
    regression: np.ndarray,
    offsets: np.ndarray,
    box_offsets: np.ndarray,
    box_sizes: np.ndarray,
    stride: Tuple[float, float] = (4.0, 4.0),
    max_people: int = MAX_PEOPLE,
    min_center: float = MIN_CENTER,
    gaussian_ratio: float = GAUSSIAN_RATIO,
) -> List[People]:
    """Turn the six outputs of a MoveNet for several people into people.

    A joint's score is its heatmap times the Gaussian, a person's is its
    centre times the mean of its joints' scores above 0.127. Unlike TF, which
    fills up to ``max_people``, only people that are there are given.

    Args:
        center: centre heatmap (N, 1, H, W) in [0, 1].
        heatmaps: joint heatmaps (N, K, H, W) in [0, 1].
        regression: joint minus cell, (N, 2K, H, W), in cells.
        offsets: joint minus cell, (N, 2K, H, W), in cells.
        box_offsets: middle of the box minus cell, (N, 2, H, W), in cells.
        box_sizes: width and height of the box, (N, 2, H, W), in cells.
        stride: input pixels per cell along x and y.
        max_people: at most so many in an image.
        min_center: centres below it are nobody.
        gaussian_ratio: r of :func:`candidates`; MultiPose's graph holds 0.3.

    Returns:
        The people of each image.
    """
    scale = np.asarray(stride, np.float32)
    people = []
    for i in range(len(center)):
        found = candidates(
            center[i, 0],
            regression[i],
            box_offsets[i],
            box_sizes[i],
            max_people,
            min_center,
            gaussian_ratio,
        )
        x, y = _find_joints(heatmaps[i], found)
        joint = np.arange(heatmaps.shape[1])
        refined = [
            x + offsets[i, 2 * joint, y, x],
            y + offsets[i, 2 * joint + 1, y, x],
        ]
        scores = _joint_scores(heatmaps[i], found, x, y)
        people.append(
            People(
                np.stack(refined, -1).astype(np.float32) * scale,
                scores,
                found.boxes * np.tile(scale, 2),
                _person_scores(found.values, scores),
            )
        )
    return people


def decode(
    *outputs: np.ndarray, max_people: int = MAX_PEOPLE, **rules: Any
) -> Tuple[np.ndarray, np.ndarray]:
    """The people of :func:`decode_people`, which takes the same, in slots.

    Returns:
        Keypoints (N, M, K, 2) in input pixels and scores (N, M, K), M being
        ``max_people``; in a slot of nobody both are 0.
    """
    num, joints = outputs[1].shape[:2]
    keypoints = np.zeros((num, max_people, joints, 2), np.float32)
    scores = np.zeros((num, max_people, joints), np.float32)
    people = decode_people(*outputs, max_people=max_people, **rules)
    for i, found in enumerate(people):
        count = len(found.scores)
        keypoints[i, :count], scores[i, :count] = found[:2]
    return keypoints, scores
