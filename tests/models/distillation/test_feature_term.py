"""Maps within a student, learnt from the same maps of a teacher."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from small_networks import (  # noqa: E402
    SIZE,
    images,
    lively,
    network,
    points,
    samples,
    student,
    write_teacher,
)

from mmpose_lightkpt.models.distillation import FeatureTerm  # noqa: E402
from mmpose_lightkpt.models.distillation.taps import tapped  # noqa: E402
from mmpose_lightkpt.models.distillation.view import View  # noqa: E402

pytestmark = pytest.mark.mmpose
CROP = (0, 0, *SIZE)


def view(maps, crop=CROP):
    return View(None, None, None, crop, maps)


def term(ours, theirs, **kwargs):
    found = dict(
        FeatureTerm(['a'], **kwargs)(
            view(dict(a=ours)), view(dict(a=theirs)), []
        )
    )
    return found['features']


def test_the_teachers_maps_cost_nothing_and_their_mean_costs_one():
    theirs = torch.randn(7, 5, 6, 4) * torch.arange(1, 6).view(5, 1, 1) + 3
    assert term(theirs.clone(), theirs) == 0
    mean = theirs.mean((0, 2, 3), keepdim=True).expand_as(theirs)
    torch.testing.assert_close(
        term(mean, theirs), torch.tensor(1.0), atol=0.01, rtol=0
    )


def test_channels_count_alike_whatever_their_scale():
    theirs = torch.randn(2, 2, 8, 8)
    scale = torch.tensor([1.0, 1000.0]).view(2, 1, 1)
    one, other = torch.zeros(2, 2, 1, 1), torch.zeros(2, 2, 1, 1)
    one[:, 0] = other[:, 1] = 0.5
    variance = theirs.var((0, 2, 3))
    for off, channel in ((one, 0), (other, 1)):
        torch.testing.assert_close(
            term((theirs + off) * scale, theirs * scale),
            0.125 / variance[channel],
        )


def test_a_ramp_is_read_on_another_grid():
    ramp = torch.arange(12.0).expand(2, 3, 9, 12)
    # 12 cells over the crop become 4, each three old cells apart
    ours = torch.tensor([0.0, 3.0, 6.0, 9.0]).expand(2, 3, 3, 4)
    assert term(ours, ramp) < 1e-10


def test_modules_are_tapped_where_they_are_asked_for():
    model = lively(network())
    with tapped(model, ['backbone', 'neck', 'neck']) as found:
        feats = model.extract_feat(images())
    assert torch.equal(found['neck'], feats[-1])
    assert found['backbone'].shape[1] == 192
    model.extract_feat(images(seed=1))  # no hook is left
    assert torch.equal(found['neck'], feats[-1])


def test_a_student_like_its_teacher_has_nothing_to_learn(tmp_path):
    config = network()
    teacher = write_teacher(tmp_path, config)
    distill = [
        dict(type='FeatureTerm', modules=['backbone', ('neck', 'neck')])
    ]
    model = MODELS.build(student(config, teacher, distill))
    model.load_state_dict(lively(config).state_dict())
    model.eval()
    codec = config['head']['decoder']
    losses = model.loss(images(), samples(codec, points()))
    assert losses['loss_distill_features'] < 1e-10


def test_only_the_student_learns(tmp_path):
    config = network()
    teacher = write_teacher(tmp_path, config)
    distill = [dict(type='FeatureTerm', modules=['backbone', 'neck'])]
    model = MODELS.build(student(config, teacher, distill, own_weight=0.0))
    model.load_state_dict(lively(config, seed=1).state_dict())
    losses = model.loss(images(), samples(config['head']['decoder'], points()))
    losses['loss_distill_features'].backward()
    assert all(p.grad is not None for p in model.neck.parameters())
    assert all(p.grad is None for p in model.head.parameters())
    assert all(
        p.grad is None and not p.requires_grad
        for p in model.teacher.read().parameters()
    )


def test_what_cannot_be_compared_is_named(tmp_path):
    maps = torch.zeros(1, 3, 4, 4)
    with pytest.raises(ValueError, match='as many channels'):
        term(maps, maps[:, :2])
    missing = tapped(lively(network()), ['neck.none'])
    with pytest.raises(ValueError, match='has no module .neck.none'):
        missing.__enter__()
    with pytest.raises(ValueError, match='must be names, or pairs'):
        FeatureTerm([])
    with pytest.raises(ValueError, match='another shape'):
        list(FeatureTerm(['a'])(view({}), view({}, (4, 0, 9, 9)), []))
