import sys

import numpy as np
import pytest

from mmpose_lightkpt.deploy.preprocess import crop_matrix
from mmpose_lightkpt.deploy.warp import warp_bilinear, warp_numpy

# Inside, over each edge, far outside, magnified, one pixel wide.
BOXES = [
    (20, 30, 90, 140),
    (-40.5, -20.25, 60, 70),
    (150, 100, 300, 290),
    (500, 500, 520, 540),
    (50.3, 60.7, 54.1, 66.6),
    (0, 0, 211, 157),
    (-1000, -900, 1200, 1100),
    (10, 10, 11, 150),
]


@pytest.mark.parametrize('box', BOXES)
@pytest.mark.parametrize('size', [(52, 28), (192, 192), (61, 127)])
def test_the_numpy_warp_gives_the_pixels_of_opencv(photograph, box, size):
    cv2 = pytest.importorskip('cv2')
    matrix = crop_matrix(box, size, 1.25)
    expected = cv2.warpAffine(photograph, matrix, size, flags=cv2.INTER_LINEAR)
    got = warp_numpy(photograph, matrix, size)
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, expected)


def test_the_identity_returns_the_image(photograph):
    got = warp_numpy(photograph, np.eye(3)[:2], photograph.shape[1::-1])
    np.testing.assert_array_equal(got, photograph)


def test_a_shift_moves_the_image_and_fills_with_black(photograph):
    matrix = np.array([[1.0, 0.0, 5.0], [0.0, 1.0, -3.0]])
    got = warp_numpy(photograph, matrix, (211, 157))
    np.testing.assert_array_equal(got[:-3, 5:], photograph[3:, :-5])
    assert not got[:, :5].any() and not got[-3:].any()


def test_a_rotation_is_refused_by_the_numpy_warp(photograph):
    with pytest.raises(ValueError, match='scaling and shifting'):
        warp_numpy(
            photograph, np.array([[1.0, 0.1, 0.0], [-0.1, 1.0, 0.0]]), (7, 5)
        )


def test_without_opencv_the_numpy_warp_is_used(photograph, monkeypatch):
    matrix = crop_matrix(BOXES[0], (52, 28), 1.25)
    expected = warp_numpy(photograph, matrix, (52, 28))
    monkeypatch.setitem(sys.modules, 'cv2', None)
    np.testing.assert_array_equal(
        warp_bilinear(photograph, matrix, (52, 28)), expected
    )
