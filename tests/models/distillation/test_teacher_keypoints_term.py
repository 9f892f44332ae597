"""The keypoints that a teacher finds, as labels for any head."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from small_networks import (  # noqa: E402
    KINDS,
    SIZE,
    K,
    images,
    lively,
    network,
    points,
    samples,
    view,
)

from mmpose_lightkpt.models import TeacherKeypointsTerm  # noqa: E402
from mmpose_lightkpt.models.distillation.view import (  # noqa: E402
    outputs_kept,
)

pytestmark = pytest.mark.mmpose
WIDE = (96, 128)


def sure_teacher(people, hidden=()):
    """A MoveNet that sees ``people`` (N, K, 2), in pixels of 96 x 128."""
    model = lively(network(size=WIDE))
    truth = samples(model.head.decoder, people)
    names = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
    maps = [
        torch.stack([sample.gt_fields.get(name) for sample in truth])
        for name in names
    ]
    maps[1][:, list(hidden)] *= 0.2
    return view(model, images(size=WIDE), tuple(maps))


def told(student, teacher, **kwargs):
    truth = samples(student.head.decoder, points())  # not to be used
    with outputs_kept(teacher):
        (pair,) = TeacherKeypointsTerm(**kwargs)(student, teacher, truth)
    assert pair[0] == 'keypoints'
    return pair[1]


def own_loss(student, people, visible=None):
    labels = samples(student.head.decoder, people, visible)
    losses = student.head.loss(student.feats, labels, train_cfg={})
    return sum(value for name, value in losses.items() if 'loss' in name)


@pytest.mark.parametrize('kind', KINDS)
def test_it_is_the_heads_own_loss_on_what_the_teacher_sees(kind):
    student = view(lively(network(kind), seed=1), images())
    people = points(size=WIDE)
    got = told(student, sure_teacher(people), loss_weight=3.0)
    want = own_loss(student, people * np.divide(SIZE, WIDE))
    torch.testing.assert_close(got, 3 * want, rtol=1e-4, atol=1e-4)


def test_black_beside_the_crop_is_taken_off():
    """Seen by a head whose loss is of coordinates alone."""
    student = view(lively(network('rle'), seed=1), images())
    inside = points(size=(80, 120))
    teacher = sure_teacher(inside + (8, 4))._replace(crop=(8, 4, 80, 120))
    got = told(student, teacher)
    want, away = (
        own_loss(student, (inside + by) * np.divide(SIZE, (80, 120)))
        for by in ((0, 0), (8, 4))
    )
    torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-4)
    assert abs(away - want) > 0.01


@pytest.mark.parametrize('kind', KINDS)
def test_joints_that_it_is_not_sure_of_count_as_unlabelled(kind):
    student = view(lively(network(kind), seed=1), images())
    people, visible = points(size=WIDE), np.ones((2, K), np.float32)
    visible[:, [1, 4]] = 0
    teacher = sure_teacher(people, hidden=(1, 4))
    got = told(student, teacher, min_score=0.3)
    want = own_loss(student, people * np.divide(SIZE, WIDE), visible)
    torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('kind', KINDS)
def test_who_sees_nothing_teaches_nothing(kind):
    student = view(lively(network(kind), seed=1), images())
    got = told(student, sure_teacher(points(size=WIDE)), min_score=1.0)
    assert got == 0
    got.backward()
    assert all(
        p.grad is None or not p.grad.any() for p in student.head.parameters()
    )


@pytest.mark.parametrize('kind', KINDS)
def test_any_head_can_be_the_teacher(kind):
    teacher = view(lively(network(kind, WIDE)), images(size=WIDE))
    student = view(lively(network(), seed=1), images())
    got = told(student, teacher, min_score=0.0)
    assert torch.isfinite(got) and got > 0


def test_a_head_without_decoder_is_refused():
    config = network('heatmap')
    config['head']['decoder'] = None
    student = view(lively(config), images())
    teacher = sure_teacher(points(size=WIDE))
    with pytest.raises(ValueError, match='has no decoder'):
        list(TeacherKeypointsTerm()(student, teacher, [None] * 2))


def test_a_negative_argument_is_refused():
    with pytest.raises(ValueError, match='min_score'):
        TeacherKeypointsTerm(min_score=-0.1)
