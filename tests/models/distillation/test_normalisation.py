"""The student's images as the teacher's own preprocessor gives them."""

import itertools

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402

from mmpose_lightkpt.models.distillation.normalisation import (  # noqa: E402
    normalisation_of,
    renormalise,
)

pytestmark = pytest.mark.mmpose
KINDS = dict(
    google=dict(mean=[127.5] * 3, std=[127.5] * 3, bgr_to_rgb=True),
    imagenet=dict(
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    bgr=dict(mean=[103.53, 116.28, 123.675], std=[1.0, 2.0, 3.0]),
    grey=dict(mean=[100.0], std=[50.0]),
    none={},
)


def preprocessor(kind):
    return MODELS.build(dict(type='PoseDataPreprocessor', **KINDS[kind]))


def seen_by(kind):
    generator = torch.Generator().manual_seed(0)
    shape = 2, 3, 11, 7
    pixels = torch.randint(0, 256, shape, generator=generator)
    data = dict(
        inputs=list(pixels.to(torch.uint8)),
        data_samples=[PoseDataSample() for _ in pixels],
    )
    return preprocessor(kind)(data)['inputs']


@pytest.mark.parametrize('pair', list(itertools.permutations(KINDS, 2)))
def test_it_gives_what_the_other_preprocessor_gives(pair):
    given, wanted = (normalisation_of(preprocessor(kind)) for kind in pair)
    got = renormalise(seen_by(pair[0]), given, wanted)
    torch.testing.assert_close(got, seen_by(pair[1]), atol=1e-3, rtol=1e-5)


@pytest.mark.parametrize('kind', KINDS)
def test_images_are_not_touched_where_both_are_the_same(kind):
    images = seen_by(kind)
    twice = [normalisation_of(preprocessor(kind)) for _ in range(2)]
    assert renormalise(images, *twice) is images
