"""A head that is not run twice on the same features."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from small_networks import images, lively, network, view  # noqa: E402

from mmpose_lightkpt.models.distillation.view import (  # noqa: E402
    outputs_kept,
)

pytestmark = pytest.mark.mmpose


def test_known_features_get_the_known_outputs_and_others_are_run():
    model = lively(network())
    own = view(model, images())
    other = model.extract_feat(images(seed=1))
    with outputs_kept(own):
        assert model.head.forward(own.feats) is own.outputs
        (center, *_) = model.head.forward(other)
    assert not torch.equal(center, own.outputs[0])
    torch.testing.assert_close(model.head.forward(other)[0], center)


def test_afterwards_the_head_is_itself_also_after_an_error():
    model = lively(network())
    own = view(model, images())
    with pytest.raises(RuntimeError), outputs_kept(own):
        raise RuntimeError
    assert 'forward' not in vars(model.head)
    assert model.head.forward(own.feats) is not own.outputs
