import numpy as np
import pytest

from mmpose_lightkpt.deploy import NcnnRuntime, PosePipeline
from mmpose_lightkpt.deploy.preprocess import crop_matrix

pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn


@pytest.fixture
def dot():
    """A red 3x3 dot round (x, y) = (83, 59) on black."""
    image = np.zeros((157, 211, 3), np.uint8)
    image[58:61, 82:85, 2] = 255
    return image


@pytest.mark.parametrize(
    'box', [(60, 40, 110, 80), (80, 50, 90, 70), (-30, -10, 100, 90), None]
)
def test_a_dot_is_found_where_it_is(tiny_bundle, dot, box):
    keypoints, scores = PosePipeline.from_bundle(tiny_bundle)(dot, box)
    assert keypoints.shape == (1, 2) and scores.shape == (1,)
    # The answer is a cell: within one cell, 4 crop pixels, plus the dot.
    matrix = crop_matrix(box or (0, 0, 211, 157), (52, 28), 1.25)
    bound = 4 / matrix[0, 0] + 2
    assert np.abs(keypoints[0] - [83, 59]).max() <= bound
    assert scores[0] > 0.2


def test_the_stages_together_are_the_call(tiny_bundle, photograph):
    pose = PosePipeline.from_bundle(tiny_bundle, threads=2)
    x, warp = pose.preprocess(photograph, (5, 7, 190, 140))
    keypoints, scores = pose.decode(pose.forward(x), warp)
    again = pose(photograph, (5, 7, 190, 140))
    np.testing.assert_array_equal(keypoints, again[0])
    np.testing.assert_array_equal(scores, again[1])


def test_any_runtime_will_do(tiny_spec, dot):

    class Constant:
        info = dict(runtime='constant')

        def run(self, x):
            maps = [np.zeros((c, 7, 13), np.float32) for c in (1, 1, 2, 2)]
            maps[0][0, 3, 6] = maps[1][0, 2, 5] = 0.75
            return maps

    keypoints, scores = PosePipeline(tiny_spec(), Constant())(
        dot, (0, 0, 52, 28)
    )
    # Crop pixel (20, 8); 1.25 times the box goes onto 52 x 28 pixels, with
    # the box's centre (26, 14) at the crop's.
    np.testing.assert_allclose(
        keypoints, [[26 + (20 - 26) * 1.25, 14 + (8 - 14) * 1.25]], atol=1e-4
    )
    np.testing.assert_allclose(scores, [0.75])


def test_an_unknown_decoder_is_refused_at_once(tiny_bundle, tiny_spec):
    spec = tiny_spec(decoder=dict(type='crystal_ball'))
    with pytest.raises(ValueError, match='crystal_ball'):
        PosePipeline(spec, NcnnRuntime(tiny_bundle, spec))


def test_a_damaged_bundle_does_not_open(tiny_bundle):
    (tiny_bundle / 'model.ncnn.bin').write_bytes(b'')
    with pytest.raises(ValueError, match='model.ncnn.bin'):
        PosePipeline.from_bundle(tiny_bundle)
