"""Panels show targets where they are."""

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.deploy.draw import LEFT, MIDDLE, RIGHT  # noqa: E402
from mmpose_lightkpt.visualization.panels import (  # noqa: E402
    heatmap_panel,
    target_panels,
    vector_panel,
)

pytestmark = pytest.mark.mmpose
NAMES = ['nose', 'left_eye', 'right_eye']
CROP = np.zeros((44, 28, 3), np.uint8)  # 11 x 7 cells of 4 px


def test_a_cell_lies_at_its_number_times_the_stride():
    maps = np.zeros((3, 11, 7))
    maps[1, 8, 5] = 1
    panel = heatmap_panel(CROP, maps, NAMES)
    brightest = np.unravel_index(panel.sum(-1).argmax(), CROP.shape[:2])
    assert brightest == (32, 20)


def test_a_channel_has_the_colour_of_its_side():
    for k, color in enumerate((MIDDLE, LEFT, RIGHT)):
        maps = np.zeros((3, 11, 7))
        maps[k, 8, 5] = 1
        panel = heatmap_panel(CROP, maps, NAMES)
        np.testing.assert_allclose(
            panel[32, 20], 0.8 * np.array(color), atol=1
        )


def test_ignored_cells_turn_red():
    weights = np.ones((3, 11, 7))
    weights[:, :, 5:] = 0
    panel = heatmap_panel(CROP, np.zeros((3, 11, 7)), NAMES, weights)
    assert panel[20, 24, 2] > panel[20, 24, 0] > 0
    assert not panel[20, 4].any()


def test_arrows_end_where_the_vectors_point():
    vectors, weights = np.zeros((6, 11, 7)), np.zeros((3, 11, 7))
    vectors[2:4, 2, 1] = 4, 6  # of joint 1, from cell (1, 2) to (5, 8)
    vectors[4:6, 9, 1] = 3, 0  # has no weight
    weights[1, 2, 1] = 1
    panel = vector_panel(CROP, vectors, NAMES, weights, zoom=2)
    y, x = np.nonzero(panel.sum(-1) > 60)
    assert (abs(y.min() - 16), abs(x.min() - 8)) <= (2, 2)
    assert (abs(y.max() - 64), abs(x.max() - 40)) <= (2, 2)
    assert panel.shape == (88, 56, 3)


def test_each_kind_of_target_has_one_panel_and_weights_have_none():
    data = dict(
        heatmaps=np.zeros((3, 11, 7)),
        heatmap_weights=np.ones((3, 11, 7), bool),
        offsets=np.zeros((6, 11, 7)),
        offset_weights=np.zeros((3, 11, 7), bool),
        regression=np.zeros((6, 11, 7)),
        regression_weights=np.zeros((3, 11, 7), bool),
        center_heatmaps=np.zeros((1, 11, 7)),
        img=CROP,
    )
    keys = [key for key in data if key != 'img'] + ['not_encoded']
    panels = target_panels(CROP, data, keys, NAMES)
    assert [title for title, _ in panels] == [
        'heatmaps',
        'offsets',
        'regression',
        'center_heatmaps',
    ]
