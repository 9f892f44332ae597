"""Expected OKS against COCO's own evaluation."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

pytestmark = pytest.mark.mmpose
H, W, FRAME, AREA = 31, 23, (184, 217), 5000.0


def build(**kwargs):
    given = dict(type='ExpectedOKSLoss', input_size=FRAME)
    return MODELS.build(dict(given, dataset='CocoDataset', **kwargs))


def cells(seed):
    rng = np.random.default_rng(seed)
    return rng.integers(0, (W, H), (17, 2))


def delta(cell):
    """Maps (1, 17, H, W) with all of it in one cell."""
    maps = torch.zeros(1, 17, H, W, dtype=torch.float64)
    for k, (x, y) in enumerate(cell):
        maps[0, k, y, x] = 1
    return maps


def pixels(cell):
    """Cell centres in px; a cell is 8 x 7 px: j -> 8j + 3.5, 7i + 3."""
    return cell * [8.0, 7.0] + [3.5, 3.0]


def coco_oks(pred, gt, visible):
    """As COCO's evaluation says, of one person of 5000 px."""
    coco = pytest.importorskip('xtcocotools.coco')
    cocoeval = pytest.importorskip('xtcocotools.cocoeval')
    ids = dict(image_id=1, category_id=1)
    person = dict(
        ids, id=1, iscrowd=0, area=AREA, bbox=[0, 0, *FRAME],
        num_keypoints=int(visible.sum()),
        keypoints=np.c_[gt, visible].ravel().tolist(),
    )  # fmt: skip
    data = coco.COCO()
    data.dataset = dict(
        images=[dict(id=1)],
        categories=[dict(id=1, name='person', keypoints=list('k' * 17))],
        annotations=[person],
    )
    data.createIndex()
    answer = np.c_[pred, np.ones(17)].ravel().tolist()
    found = data.loadRes([dict(ids, score=1.0, keypoints=answer)])
    sigmas = build().sigmas.double().numpy()
    evaluation = cocoeval.COCOeval(data, found, 'keypoints', sigmas, True)
    evaluation.params.imgIds = [1]
    evaluation._prepare()
    return evaluation.computeOks(1, 1)[0, 0]


@pytest.mark.parametrize('seed', range(3))
def test_a_map_of_one_cell_costs_what_coco_takes_off(seed):
    gt = cells(seed)
    step = np.random.default_rng(9).integers(-3, 4, (17, 2))
    pred = np.clip(gt + step, 0, (W - 1, H - 1))
    visible = np.arange(17) % 4 > 0
    loss = build(area_share=AREA / (FRAME[0] * FRAME[1]))
    target = torch.from_numpy((gt + 0.5) / [W, H])[None]
    value = loss(delta(pred), target, torch.from_numpy(visible)[None])
    expected = coco_oks(pixels(pred), pixels(gt), visible)
    assert 0.1 < expected < 0.9
    assert value.item() == pytest.approx(1 - expected, abs=1e-6)


def test_a_map_of_two_cells_costs_their_mean():
    here, there = cells(0), cells(1)
    loss, one = build(), torch.ones(1, 17)
    target = torch.from_numpy((here + 0.5) / [W, H])[None]
    both = (delta(here) + 3 * delta(there)) / 4
    torch.testing.assert_close(
        loss(both, target, one),
        0.25 * loss(delta(here), target, one)
        + 0.75 * loss(delta(there), target, one),
    )


def test_a_shared_map_costs_more_than_the_nearest_cell():
    """A joint a quarter of a cell right of a centre: soft-argmax wants 3/4
    here and 1/4 there, this loss all of it here."""
    here = np.full((17, 2), 9)
    target = torch.from_numpy((here + [0.75, 0.5]) / [W, H])[None]
    loss, one = build(area_share=0.01), torch.ones(1, 17)
    shared = 0.75 * delta(here) + 0.25 * delta(here + [1, 0])
    assert 0 < loss(delta(here), target, one) < loss(shared, target, one)


def test_each_joint_has_its_own_sigma():
    """One cell (8 px) off at joint k alone: 1 - exp(-64 / (2 A 4 s^2))."""
    gt = np.full((17, 2), 5)
    target = torch.from_numpy((gt + 0.5) / [W, H])[None]
    for k, sigma in ((0, 0.026), (11, 0.107)):
        pred = gt.copy()
        pred[k, 0] += 1
        value = build()(delta(pred), target, torch.ones(1, 17))
        area = 0.22 * FRAME[0] * FRAME[1]
        similarity = np.exp(-64 / (2 * area * (2 * sigma) ** 2))
        assert value.item() == pytest.approx((1 - similarity) / 17, rel=1e-5)


def test_sigmas_come_from_any_data_set():
    assert len(build().sigmas) == 17
    loss = dict(type='ExpectedOKSLoss', input_size=FRAME)
    assert len(MODELS.build(dict(loss, dataset='LspDataset')).sigmas) == 14


def test_another_number_of_joints_is_refused():
    maps = torch.full((1, 5, H, W), 1 / (H * W))
    with pytest.raises(ValueError, match='17 sigmas.*5 joints'):
        build()(maps, torch.rand(1, 5, 2), torch.ones(1, 5))
