"""What every head here promises, as functions to call from pytest.

A head is an MMPose head: ``forward(feats)`` is pure tensors and is what gets
exported, ``predict`` decodes with ``head.decoder``, ``loss`` reads packed
samples. See :class:`HeadCase` for what a test has to say about it; then::

    @pytest.mark.parametrize('check', HEAD_CHECKS, ids=lambda f: f.__name__)
    def test_my_head_keeps_the_contract(check):
        check(CASE)

Shapes: N images, K joints; keypoints (x, y) in input pixels. The sizes of
the features are distinct primes, so a wrong broadcast cannot hide.
"""

import copy
from dataclasses import dataclass
from typing import Any, Callable, List, Sequence, Tuple, Union

import numpy as np
import torch
from mmpose.datasets.transforms import PackPoseInputs
from numpy.testing import assert_allclose
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

__all__ = ['HEAD_CHECKS', 'HeadCase']

Outputs = Union[Tensor, Tuple[Tensor, ...]]
EXACT = 1e-3  # px, for equalities of float32 coordinates


@dataclass(frozen=True)
class HeadCase:
    """A head and what is said about it.

    Attributes:
        head: with random weights and a decoder.
        shapes: (C, H, W) of the features it takes.
        flip_indices: K indices of the joints' mirror images.
        pointing: a head of the same class whose weights make every joint
            follow the bright column, or row, of the features.
        outputs_for: from keypoints (K, 2) to what ``forward`` would return
            for them, of batch 1, in a perfect network.
        params: learned numbers of the head, derived by hand.
        macs: multiply-accumulates for one image, derived by hand.
        bound: largest error in px of ``outputs_for`` and decoding.
        max_people: of one image; a head of one always finds one.
        score_bound: largest change of a joint's score by the flip test.
    """

    head: nn.Module
    shapes: Sequence[Tuple[int, int, int]]
    flip_indices: Sequence[int]
    pointing: nn.Module
    outputs_for: Callable[[np.ndarray], Outputs]
    params: int
    macs: int
    bound: float = 0.0
    max_people: int = 1
    score_bound: float = 1e-5

    @property
    def joints(self) -> int:
        """K."""
        return len(self.flip_indices)

    @property
    def stride(self) -> np.ndarray:
        """Input pixels per column and per row of the finest features."""
        _, height, width = self.shapes[-1]
        return np.array(self.head.decoder.input_size) / [width, height]

    def features(self, num: int, seed: int = 0) -> List[Tensor]:
        """Random features of N images."""
        generator = torch.Generator().manual_seed(seed)
        return [
            torch.randn(num, *shape, generator=generator)
            for shape in self.shapes
        ]

    def keypoints(self, seed: int = 0) -> np.ndarray:
        """Random joints (K, 2), a fifth of the frame from the border."""
        size = np.array(self.head.decoder.input_size)
        share = np.random.default_rng(seed).uniform(0.2, 0.8, (self.joints, 2))
        return share * size

    def sample(self, keypoints: np.ndarray, visible: np.ndarray) -> Any:
        """A packed sample of one person, encoded by the head's codec."""
        codec = self.head.decoder
        size = np.array(codec.input_size)
        encoded = codec.encode(keypoints[None], visible[None])
        tables = {
            name: getattr(codec, name)
            for name in (
                'field_mapping_table',
                'label_mapping_table',
                'instance_mapping_table',
            )
            if getattr(codec, name)
        }
        data = dict(
            encoded,
            **tables,
            input_size=tuple(size),
            img=np.zeros((*size[::-1], 3), np.uint8),
            flip_indices=list(self.flip_indices),
        )
        return PackPoseInputs()(data)['data_samples']

    def samples(self, num: int) -> list:
        """Packed samples of N persons with a hidden joint each."""
        samples = []
        for n in range(num):
            visible = np.ones(self.joints, np.float32)
            visible[n % self.joints] = 0
            samples.append(self.sample(self.keypoints(n), visible))
        return samples


def as_tuple(outputs: Outputs) -> Tuple[Tensor, ...]:
    """The outputs of a head, one or many."""
    return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)


def predict(
    head: nn.Module,
    case: HeadCase,
    feats: Sequence,
    num: int = 1,
    flip_test: bool = False,
) -> list:
    """Predictions of N images, without gradients."""
    with torch.no_grad():
        preds = head.eval().predict(
            feats, case.samples(num), test_cfg=dict(flip_test=flip_test)
        )
    return preds[0] if isinstance(preds, tuple) else preds


def check_a_painted_column_moves_the_answer(case: HeadCase) -> None:
    """One column, or row, further on is its pixels further on."""
    for axis in range(2):
        first, size = 2, case.shapes[-1][2 - axis]
        answers = {}
        for line in (first, first + 1, size // 2, size - 3):
            feats = [torch.zeros(1, *shape) for shape in case.shapes]
            for feat in feats:  # coarser levels are painted where they lie
                at = line * feat.shape[3 - axis] // size
                feat.select(3 - axis, at).fill_(1.0)
            (pred,) = predict(case.pointing, case, feats)
            answers[line] = pred.keypoints[0]
        for line, answer in answers.items():
            moved = np.zeros(2)
            moved[axis] = (line - first) * case.stride[axis]
            assert_allclose(
                answer - answers[first] - moved, 0, rtol=0, atol=EXACT
            )


def check_flip_test_gives_back_the_original(case: HeadCase) -> None:
    """A flipped-and-restored prediction equals the original.

    The network is replaced by one that is right about both views.
    """
    keypoints = case.keypoints(seed=1)
    width = case.head.decoder.input_size[0]
    mirrored = keypoints[list(case.flip_indices)] * [-1, 1] + [width - 1, 0]
    perfect = copy.copy(case.head)
    perfect.forward = lambda outputs: outputs
    views = [case.outputs_for(keypoints), case.outputs_for(mirrored)]
    (plain,) = predict(perfect, case, views[0])
    (both,) = predict(perfect, case, views, flip_test=True)
    for pred in (plain, both):
        assert_allclose(
            pred.keypoints[0], keypoints, rtol=0, atol=case.bound + EXACT
        )
    assert_allclose(
        both.keypoint_scores, plain.keypoint_scores, atol=case.score_bound
    )


def check_predictions_have_the_form_mmpose_reads(case: HeadCase) -> None:
    """One (1, K, 2) of finite keypoints and (1, K) of scores per image, or P.

    Scores are in [0, 1], also for features of any size.
    """
    for scale in (1.0, 100.0):
        feats = [feat * scale for feat in case.features(3)]
        preds = predict(case.head, case, feats, num=3)
        assert len(preds) == 3
        for pred in preds:
            people = len(pred.keypoints)
            assert people == 1 or people <= case.max_people > 1
            assert pred.keypoints.shape == (people, case.joints, 2)
            assert pred.keypoint_scores.shape == (people, case.joints)
            assert np.isfinite(pred.keypoints).all()
            assert (pred.keypoint_scores >= 0).all()
            assert (pred.keypoint_scores <= 1).all()


def check_forward_is_pure_tensors(case: HeadCase) -> None:
    """Tensors out, of the batch's length, and no feature is modified."""
    feats = case.features(3)
    copies = [feat.clone() for feat in feats]
    with torch.no_grad():
        outputs = as_tuple(case.head.eval()(tuple(feats)))
    assert all(isinstance(out, Tensor) and len(out) == 3 for out in outputs)
    assert all(torch.equal(a, b) for a, b in zip(feats, copies))


def check_eager_equals_traced(case: HeadCase) -> None:
    """The traced head, which is what is exported, computes the same."""
    head = case.head.eval()
    with torch.no_grad():
        traced = torch.jit.trace(head, (tuple(case.features(1)),))
        for seed in (1, 2):
            feats = tuple(case.features(1, seed))
            for a, b in zip(as_tuple(head(feats)), as_tuple(traced(feats))):
                torch.testing.assert_close(a, b)


def check_an_image_does_not_see_its_batch(case: HeadCase) -> None:
    """In eval mode each image's outputs are those it has alone."""
    head = copy.deepcopy(case.head).double().eval()
    feats = [feat.double() for feat in case.features(3)]
    with torch.no_grad():
        together = as_tuple(head(tuple(feats)))
        for n in range(3):
            alone = as_tuple(head(tuple(feat[n : n + 1] for feat in feats)))
            for a, b in zip(together, alone):
                torch.testing.assert_close(
                    a[n : n + 1], b, rtol=1e-9, atol=1e-9
                )


def check_losses_do_not_depend_on_the_batch_size(case: HeadCase) -> None:
    """Each is a finite scalar under a ``loss`` name, the same for twice
    the batch.
    """
    head, feats, samples = case.head.eval(), case.features(3), case.samples(3)
    once = head.loss(feats, samples)
    twice = head.loss([torch.cat([f, f]) for f in feats], samples + samples)
    assert once.keys() == twice.keys()
    assert any(name.startswith('loss') for name in once)
    for name, value in once.items():
        assert value.numel() == 1 and torch.isfinite(value).all(), name
        torch.testing.assert_close(twice[name], value, msg=name)


def check_nothing_visible_is_no_error(case: HeadCase) -> None:
    """A batch without any label has finite losses and gradients."""
    head = copy.deepcopy(case.head)
    sample = case.sample(case.keypoints(), np.zeros(case.joints, np.float32))
    losses = head.loss(case.features(2), [sample, sample])
    total = sum(
        value for name, value in losses.items() if name.startswith('loss')
    )
    assert torch.isfinite(total)
    total.backward()
    for name, parameter in head.named_parameters():
        if parameter.grad is not None:
            assert torch.isfinite(parameter.grad).all(), name


def check_every_parameter_learns(case: HeadCase) -> None:
    """One labelled batch gives each parameter a gradient."""
    head = copy.deepcopy(case.head).train()
    losses = head.loss(case.features(3), case.samples(3))
    sum(
        value for name, value in losses.items() if name.startswith('loss')
    ).backward()
    idle = [
        name
        for name, parameter in head.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    ]
    assert not idle, f'no gradient for {idle}'


def check_size_is_as_documented(case: HeadCase) -> None:
    """Parameters and MACs are those that were derived by hand."""
    learned = sum(parameter.numel() for parameter in case.head.parameters())
    assert learned == case.params
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        case.head.eval()(tuple(case.features(1)))
    assert counter.get_total_flops() == 2 * case.macs


HEAD_CHECKS = (
    check_a_painted_column_moves_the_answer,
    check_flip_test_gives_back_the_original,
    check_predictions_have_the_form_mmpose_reads,
    check_forward_is_pure_tensors,
    check_eager_equals_traced,
    check_an_image_does_not_see_its_batch,
    check_losses_do_not_depend_on_the_batch_size,
    check_nothing_visible_is_no_error,
    check_every_parameter_learns,
    check_size_is_as_documented,
)
