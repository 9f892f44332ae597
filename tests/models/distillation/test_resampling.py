"""One crop on two grids: positions differ by the ratio of the sizes."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from mmpose.datasets.transforms import TopdownAffine  # noqa: E402

from mmpose_lightkpt.models.distillation.resampling import (  # noqa: E402
    fit,
    resample,
    resample_vectors,
)

pytestmark = pytest.mark.mmpose
SIZES = [((48, 48), (36, 36)), ((29, 23), (13, 17)), ((13, 11), (31, 47))]
EACH = pytest.mark.parametrize('source, size', SIZES)


def shares(size):
    """x and y of each cell, as shares of the crop."""
    h, w = size
    y = torch.arange(h, dtype=torch.float64) / h
    x = torch.arange(w, dtype=torch.float64) / w
    return torch.meshgrid(x, y, indexing='xy')


@EACH
def test_a_linear_ramp_is_exact_up_to_the_last_cell(source, size):
    def ramp(size):
        x, y = shares(size)
        return 3 * x - 5 * y + 1

    got = resample(ramp(source)[None, None], size)[0, 0]
    x, y = shares(size)
    inside = (x <= 1 - 1 / source[1]) & (y <= 1 - 1 / source[0])
    assert inside.float().mean() > 0.8
    torch.testing.assert_close(got[inside], ramp(size)[inside])


@EACH
def test_vectors_point_at_the_same_spot_from_every_cell(source, size):
    spots = torch.tensor([[0.3, 0.9], [1.2, -0.1], [0.5, 0.5]]).double()

    def field(size):
        cells = torch.tensor(size[::-1]).double()
        at = torch.stack(shares(size)) * cells[:, None, None]
        to = (spots * cells)[:, :, None, None]
        return (to - at).flatten(0, 1)[None]

    got = resample_vectors(field(source), size)
    torch.testing.assert_close(got, field(size), atol=1e-9, rtol=0)


@EACH
def test_half_precision_costs_a_vector_its_own_rounding_only(source, size):
    """Cells are numbers too large to add a vector to in bf16."""
    offsets = torch.rand(1, 34, *source) - 0.5
    rounded = offsets.bfloat16()
    got = resample_vectors(rounded, size)
    torch.testing.assert_close(got, resample_vectors(rounded.float(), size))


def test_half_precision_is_left_where_the_sizes_agree():
    """A loss of two maps in bf16 would be summed up in it."""
    maps = torch.rand(1, 2, 5, 5).bfloat16()
    for found in (resample(maps, (5, 5)), resample_vectors(maps, (5, 5))):
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, maps.float(), atol=0, rtol=0)


def test_nothing_is_touched_where_the_sizes_agree():
    maps = torch.rand(2, 4, 7, 5)
    assert resample(maps, (7, 5)) is maps
    assert resample_vectors(maps, (7, 5)) is maps


def test_each_map_of_a_batch_is_read_by_itself():
    maps = torch.rand(3, 4, 7, 5)
    whole = resample(maps, (11, 13))
    for n in range(3):
        for c in range(4):
            alone = resample(maps[n : n + 1, c : c + 1], (11, 13))
            torch.testing.assert_close(whole[n, c], alone[0, 0])


def test_a_square_fits_into_a_tall_frame_with_a_border_beside_it():
    images = torch.rand(2, 3, 8, 8)
    border = torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1)
    whole, crop = fit(images, (6, 10), border)
    assert whole.shape == (2, 3, 10, 6) and crop == (0, 2, 6, 6)
    assert torch.equal(whole[:, :, 2:8], resample(images, (6, 6)))
    assert (whole[:, :, :2] == border).all()
    assert (whole[:, :, 8:] == border).all()
    assert fit(images, (8, 8), border)[0] is images


def test_it_gives_the_crop_that_mmpose_cuts_at_the_other_size():
    """Of an image that is linear in x and y, so that both read it exactly."""
    y, x = np.mgrid[:160, :200].astype(np.float32)
    crop = dict(
        img=np.stack([x, y, x + y], -1),
        bbox_center=np.array([[100.0, 80]]),
        bbox_scale=np.array([[60.0, 90]]),
        bbox_rotation=np.array([20.0]),
    )

    def cut(size):
        image = TopdownAffine(input_size=size)(dict(crop))['img']
        return torch.from_numpy(image).permute(2, 0, 1)[None]

    got = resample(cut((64, 96)), (72, 48))[..., :-1, :-1]
    torch.testing.assert_close(
        got, cut((48, 72))[..., :-1, :-1], atol=0.1, rtol=0
    )
    # the other two conventions are further away than cv2's rounding
    for align in (False, True):
        other = torch.nn.functional.interpolate(
            cut((64, 96)), (72, 48), mode='bilinear', align_corners=align
        )
        away = (other - cut((48, 72)))[..., :-1, :-1].abs().max()
        assert away > 0.3
