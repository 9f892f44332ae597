"""Heatmaps, learnt from another network's."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from small_networks import (  # noqa: E402
    images,
    lively,
    network,
    view,
)

from mmpose_lightkpt.models import HeatmapTerm  # noqa: E402
from mmpose_lightkpt.models.distillation.resampling import (  # noqa: E402
    resample,
)

pytestmark = pytest.mark.mmpose


def seen(kind='heatmap', size=(64, 96), seed=0):
    return view(lively(network(kind, size), seed), images(size=size))


def test_a_teacher_has_nothing_to_tell_itself():
    assert dict(HeatmapTerm()(seen(), seen(), [])) == dict(heatmaps=0)


def test_it_is_the_mean_square_on_the_students_grid():
    student, teacher = seen(seed=1), seen(size=(128, 192))
    found = dict(HeatmapTerm(loss_weight=3.0)(student, teacher, []))
    target = resample(teacher.outputs, student.outputs.shape[2:])
    want = 3 * (student.outputs - target).square().mean()
    torch.testing.assert_close(found['heatmaps'], want)
    assert want > 0


def test_heads_without_heatmaps_are_refused():
    for student, teacher in (
        (seen(), seen('simcc')),
        (seen('rle'), seen()),
    ):
        with pytest.raises(ValueError, match='HeatmapTerm: both heads must'):
            list(HeatmapTerm()(student, teacher, []))


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match='loss_weight'):
        HeatmapTerm(loss_weight=-1)


def test_a_teacher_of_another_shape_is_refused():
    teacher = seen()._replace(crop=(0, 16, 64, 96))
    with pytest.raises(ValueError, match='HeatmapTerm.*another shape'):
        list(HeatmapTerm()(seen(seed=1), teacher, []))
