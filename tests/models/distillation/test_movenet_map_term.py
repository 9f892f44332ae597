"""MoveNet's four maps, learnt from another MoveNet's."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from small_networks import (  # noqa: E402
    K,
    images,
    lively,
    network,
    view,
)

from mmpose_lightkpt.models import MoveNetMapTerm  # noqa: E402
from mmpose_lightkpt.models.distillation.view import View  # noqa: E402

pytestmark = pytest.mark.mmpose
NAMES = ['center', 'heatmap', 'regression', 'offset']
WHOLE = (0, 0, 64, 96)
EQUAL = dict.fromkeys(NAMES, 1.0)


@pytest.fixture(scope='module')
def head():
    return lively(network()).head


def maps(grid=(7, 5), seed=0, num=2):
    """Outputs of a MoveNet at random, in float64."""
    generator = torch.Generator().manual_seed(seed)

    def draw(channels):
        shape = num, channels, *grid
        return torch.rand(shape, generator=generator, dtype=torch.float64)

    return draw(1), draw(K), 9 * draw(2 * K) - 4, draw(2 * K) - 0.5


def losses(head, ours, theirs, **kwargs):
    views = (View(head, None, outputs, WHOLE) for outputs in (ours, theirs))
    return dict(MoveNetMapTerm(**kwargs)(*views, []))


def test_a_teacher_has_nothing_to_tell_itself(head):
    found = losses(head, maps(), maps())
    assert list(found) == NAMES
    assert all(value == 0 for value in found.values())


def test_the_parts_are_what_their_formulas_say(head):
    ours, theirs = maps(seed=1), maps()
    found = losses(head, ours, theirs, **EQUAL, threshold=0.4, foreground=2.0)
    square = (ours[1] - theirs[1]) ** 2 * (2 * theirs[1] + 1)
    torch.testing.assert_close(found['heatmap'], square.sum((2, 3)).mean())
    square = (ours[0] - theirs[0]) ** 2 * (2 * theirs[0] + 1)
    torch.testing.assert_close(found['center'], square.sum((2, 3)).mean())
    for name, branch, sure in (
        ('regression', 2, theirs[0].expand(-1, K, -1, -1)),
        ('offset', 3, theirs[1]),
    ):
        away = (ours[branch] - theirs[branch]).abs()
        away = away[:, ::2] + away[:, 1::2]
        weight = torch.where(sure > 0.4, sure, 0.0)
        mean = (weight * away).sum((2, 3)) / weight.sum((2, 3))
        torch.testing.assert_close(found[name], mean.mean())


@pytest.mark.parametrize('name', NAMES)
def test_a_weight_scales_its_part_alone_and_0_leaves_it_out(head, name):
    ours, theirs = maps(seed=1), maps()
    once = losses(head, ours, theirs, **EQUAL)
    twice = losses(head, ours, theirs, **dict(EQUAL, **{name: 2.0}))
    for other in NAMES:
        factor = 2 if other == name else 1
        torch.testing.assert_close(twice[other], factor * once[other])
    assert name not in losses(head, ours, theirs, **{name: 0.0})


@pytest.mark.parametrize('name', ['regression', 'offset'])
def test_vectors_of_cells_that_the_teacher_passes_over_are_free(head, name):
    ours, theirs = maps(seed=1), maps()
    branch = NAMES.index(name)
    ours[branch].requires_grad_()
    losses(head, ours, theirs, threshold=0.6)[name].backward()
    sure = theirs[0].expand(-1, K, -1, -1) if branch == 2 else theirs[1]
    moved = ours[branch].grad.unflatten(1, (-1, 2)).abs().amin(2) > 0
    assert torch.equal(moved, sure > 0.6)


def test_where_the_teacher_sees_nobody_vectors_teach_nothing(head):
    ours, theirs = maps(seed=1), maps()
    theirs[0].zero_()
    theirs[1].mul_(0.05)
    found = losses(head, ours, theirs)
    assert found['regression'] == 0 and found['offset'] == 0
    assert found['heatmap'] > 0 and found['center'] > 0


@pytest.mark.parametrize('grids', [((48, 48), (36, 36)), ((12, 20), (24, 30))])
def test_two_grids_agree_on_one_pose(head, grids):
    """Every cell of both points at the same spots of the crop."""
    generator = torch.Generator().manual_seed(0)
    spots = torch.rand(K, 2, generator=generator, dtype=torch.float64)

    def pointing(grid):
        h, w = grid
        y, x = (torch.arange(n, dtype=torch.float64) for n in grid)
        at = torch.stack(torch.meshgrid(x, y, indexing='xy'))
        to = spots * torch.tensor([w, h])
        field = (to[:, :, None, None] - at).flatten(0, 1)[None]
        ones = torch.full((1, K, h, w), 0.7, dtype=torch.float64)
        return ones[:, :1], ones, field, field

    found = losses(head, pointing(grids[1]), pointing(grids[0]))
    assert all(value < 1e-9 for value in found.values())
    off = pointing(grids[1])
    found = losses(head, (*off[:2], off[2] + 1, off[3]), pointing(grids[0]))
    torch.testing.assert_close(float(found['regression']), 0.2 * 2)


def test_a_batch_twice_is_the_same_loss(head):
    ours, theirs = maps(seed=1), maps()
    once = losses(head, ours, theirs)
    twice = losses(
        head, *([torch.cat([m, m]) for m in o] for o in (ours, theirs))
    )
    for name in NAMES:
        torch.testing.assert_close(once[name], twice[name])


def test_other_heads_are_refused_by_name(head):
    movenet = view(lively(network()), images())
    other = view(lively(network('heatmap')), images())
    for pair, whose in (
        ((movenet, other), 'teacher'),
        ((other, movenet), 'student'),
    ):
        with pytest.raises(ValueError, match=f"{whose}'s.*got HeatmapHead"):
            list(MoveNetMapTerm()(*pair, []))


def test_other_joints_are_refused(head):
    config = network()
    config['head']['num_keypoints'] = 3
    pair = (view(lively(c), images()) for c in (network(), config))
    with pytest.raises(ValueError, match='5 joints, the teacher 3'):
        list(MoveNetMapTerm()(*pair, []))


def test_a_teacher_of_another_shape_is_refused(head):
    views = (
        View(head, None, maps(), crop) for crop in (WHOLE, (16, 0, 64, 96))
    )
    with pytest.raises(ValueError, match='MoveNetMapTerm.*another shape'):
        list(MoveNetMapTerm()(*views, []))


@pytest.mark.parametrize(
    'wrong', [dict(center=-1), dict(threshold=1.0), dict(foreground=-0.1)]
)
def test_bad_arguments_are_named(wrong):
    with pytest.raises(
        ValueError, match=f'MoveNetMapTerm: {next(iter(wrong))}'
    ):
        MoveNetMapTerm(**wrong)
