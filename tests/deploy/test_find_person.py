"""A small person in a large picture, and a network whose grid is coarse."""

import numpy as np
import pytest

from mmpose_lightkpt.deploy import ModelSpec
from mmpose_lightkpt.deploy.find_person import find_person, first_squares
from mmpose_lightkpt.deploy.pipeline import PosePipeline
from mmpose_lightkpt.functional.smart_crop import whole_square

NAMES = ('left_shoulder', 'right_shoulder', 'left_hip', 'right_hip')
INPUT = 64
RADIUS = 12  # wide enough to be seen in any crop
# A dot of its own colour for each joint, in shares of the person's height.
BODY = np.array([(0.4, -0.5), (-0.4, -0.5), (0.3, 0.5), (-0.3, 0.5)])
COLORS = np.array([*np.eye(3), np.ones(3)], np.uint8) * 255


class Dots:
    """Finds each joint's dot in the input, to whole cells of 4 pixels.

    In place of a trained network: blue, green, red and white dots.
    """

    info = dict(precision='fp32')

    def __init__(self):
        self.runs = 0

    def run(self, x):
        self.runs += 1
        maps = np.stack(
            [
                x[0] - x[1:].sum(0),
                x[1] - x[[0, 2]].sum(0),
                x[2] - x[:2].sum(0),
                x.min(axis=0),
            ]
        )
        cells = maps.reshape(4, INPUT // 4, 4, INPUT // 4, 4).max((2, 4))
        heatmap = np.clip(cells, 0, 1).astype(np.float32)
        center = np.ones_like(heatmap[:1])
        zeros = np.zeros((8, *heatmap.shape[1:]), np.float32)
        return [center, heatmap, _to_peaks(heatmap, zeros.copy()), zeros]


def _to_peaks(heatmap, regression):
    """Every cell points to each joint's best cell."""
    n = heatmap.shape[1]
    ys, xs = np.mgrid[:n, :n]
    for k, scores in enumerate(heatmap):
        y, x = divmod(int(scores.argmax()), n)
        regression[2 * k], regression[2 * k + 1] = x - xs, y - ys
    return regression


@pytest.fixture
def pipeline():
    spec = ModelSpec(
        name='dots',
        input_size=(INPUT, INPUT),
        mean=(0.0, 0.0, 0.0),
        std=(255.0, 255.0, 255.0),
        channel_order='bgr',
        padding=1.25,
        outputs=('center', 'heatmap', 'regression', 'offset'),
        decoder=dict(type='movenet', stride=[4, 4], distance_offset=1.8),
        keypoint_names=NAMES,
        skeleton_links=(),
        flip_indices=(1, 0, 3, 2),
    )
    return PosePipeline(spec, Dots())


def photograph(size, center, height):
    """Black, with a person of four dots; their places, joint by joint."""
    width, tall = size
    image = np.zeros((tall, width, 3), np.uint8)
    points = BODY * height + center
    for (x, y), color in zip(points.round().astype(int), COLORS):
        image[y - RADIUS : y + RADIUS + 1, x - RADIUS : x + RADIUS + 1] = color
    return image, points


@pytest.mark.parametrize('center', [(431, 389), (173, 181), (1087, 811)])
def test_a_small_person_is_looked_at_closely(pipeline, center):
    """A cell is 40 pixels wide or more at first, and 22 or less at last."""
    image, points = photograph((1283, 957), center, 90)
    first = np.abs(find_person(pipeline, image, looks=1)[0] - points).max()
    last = np.abs(find_person(pipeline, image)[0] - points).max()
    assert last < 22 + RADIUS < first


def test_who_fills_the_picture_stays_in_it(pipeline):
    image, points = photograph((307, 401), (149, 199), 290)
    keypoints, scores = find_person(pipeline, image)
    assert (
        np.abs(keypoints - points).max() < 401 / 16 + RADIUS
        and scores.min() > 0.9
    )


def test_an_empty_picture_scores_nothing_and_ends_the_search(pipeline):
    image = np.zeros((97, 131, 3), np.uint8)
    keypoints, scores = find_person(pipeline, image)
    assert scores.max() == 0 and np.isfinite(keypoints).all()


@pytest.mark.parametrize(
    'size', [(641, 479), (307, 401), (640, 321), (97, 97)]
)
def test_the_first_looks_cover_the_picture_twice(size):
    whole, *halves = first_squares(size)
    assert whole == whole_square(size)
    for axis, length in enumerate(size):
        spans = sorted({(s[axis], s[axis + 2]) for s in halves})
        assert all(b - a == max(size) / 2 for a, b in spans)
        assert spans[0][0] <= 0 and spans[-1][1] >= length
        overlaps = [a[1] - b[0] for a, b in zip(spans, spans[1:])]
        assert all(o >= 0.499 * max(size) / 2 for o in overlaps)


def test_not_one_look_is_wasted(pipeline):
    """Seven first ones in a picture of 4 to 3, and two closer ones."""
    image, _ = photograph((640, 480), (431, 289), 90)
    find_person(pipeline, image)
    assert pipeline.runtime.runs == 7 + 2
