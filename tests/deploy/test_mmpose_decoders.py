"""A board's answers for MMPose's own heads are those of MMPose's codecs."""

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch import nn  # noqa: E402

from mmpose_lightkpt.deploy import decoders  # noqa: E402
from mmpose_lightkpt.deploy.mmpose_decoders import decode_spec  # noqa: E402

pytestmark = pytest.mark.mmpose
K, SIZE, GRID = 3, (92, 124), (23, 31)
REGRESSION = dict(type='RegressionLabel', input_size=SIZE)
HEATMAP = dict(type='MSRAHeatmap', input_size=SIZE, heatmap_size=GRID, sigma=2)
SIMCC = dict(type='SimCCLabel', input_size=SIZE, simcc_split_ratio=1.5)
MAPS = dict(in_channels=7, out_channels=K)
PIXELS = dict(input_size=SIZE, in_featuremap_size=GRID, simcc_split_ratio=1.5)


def of_head(head):
    """A model whose head it is; ``decode_spec`` asks for nothing else."""
    model = nn.Module()
    model.head = head
    return model


def build(decoder, **head):
    torch.manual_seed(0)
    head = MODELS.build(dict(head, decoder=decoder)).eval()
    for parameter in head.parameters():  # MMPose's are next to nothing
        nn.init.normal_(parameter, std=0.3)
    return head


def features(head, num=4):
    generator = torch.Generator().manual_seed(1)
    shape = (7,) if hasattr(head, 'fc') else (7, *GRID[::-1])
    return (torch.randn(num, *shape, generator=generator),)


def both(head):
    """MMPose's answers, and the board's from the same outputs."""
    feats = features(head)
    with torch.no_grad():
        preds = head.predict(feats, None, dict(flip_test=False))
        outputs = head(feats)
    preds = preds[0] if isinstance(preds, tuple) else preds
    if not isinstance(outputs, tuple):
        outputs = (outputs,)
    ours = decoders.decode(
        decode_spec(of_head(head)), [out.numpy() for out in outputs]
    )
    theirs = [
        np.concatenate([pred.get(name) for pred in preds])
        for name in ('keypoints', 'keypoint_scores')
    ]
    return ours, theirs


@pytest.mark.parametrize(
    'head',
    [
        dict(
            type='RegressionHead',
            in_channels=7,
            num_joints=K,
            decoder=REGRESSION,
        ),
        dict(type='RLEHead', in_channels=7, num_joints=K, decoder=REGRESSION),
        dict(
            type='HeatmapHead',
            deconv_out_channels=None,
            decoder=HEATMAP,
            **MAPS,
        ),
        dict(
            type='ViPNASHead',
            deconv_out_channels=(4,),
            deconv_num_groups=(1,),
            deconv_kernel_sizes=(4,),
            decoder=HEATMAP,
            **MAPS,
        ),
        dict(
            type='SimCCHead',
            deconv_out_channels=None,
            decoder=SIMCC,
            **MAPS,
            **PIXELS,
        ),
        dict(
            type='RTMCCHead',
            final_layer_kernel_size=7,
            decoder=SIMCC,
            **MAPS,
            **PIXELS,
        ),
    ],
    ids=lambda head: head['type'],
)
def test_a_boards_answers_are_mmposes(head):
    (keypoints, scores), (want, want_scores) = both(build(**head))
    assert len(np.unique(want)) > K  # not all in one place
    np.testing.assert_allclose(keypoints, want, rtol=0, atol=1e-4)
    # MMPose's scores of maps and bins are not bounded, a board's are.
    np.testing.assert_allclose(scores, np.clip(want_scores, 0, 1), atol=1e-6)


def smooth_maps(num=40, noise=0.02):
    """Bumps anywhere, some below zero, some half outside of the frame."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[: GRID[1], : GRID[0]]
    centers = rng.uniform(-2, np.add(GRID, 2), (num, K, 2))[..., None, None]
    square = (x - centers[:, :, 0]) ** 2 + (y - centers[:, :, 1]) ** 2
    heights = rng.uniform(-0.2, 1.3, (num, K, 1, 1))
    maps = heights * np.exp(-square / 8)
    return (maps + rng.normal(0, noise, maps.shape)).astype(np.float32)


@pytest.mark.parametrize('kernel', [3, 11])
@pytest.mark.parametrize('unbiased', [False, True])
def test_both_refinements_of_heatmaps_are_mmposes(unbiased, kernel):
    codec = dict(HEATMAP, unbiased=unbiased, blur_kernel_size=kernel)
    head = build(codec, type='HeatmapHead', deconv_out_channels=None, **MAPS)
    maps = smooth_maps()
    keypoints, scores = decoders.decode(decode_spec(of_head(head)), [maps])
    want, want_scores = zip(*(head.decoder.decode(one) for one in maps))
    want, want_scores = np.concatenate(want), np.concatenate(want_scores)
    assert (want_scores > 1).any()
    # On noise DARK steps far out of the frame, by a nearly singular matrix.
    np.testing.assert_allclose(keypoints, want, rtol=1e-4, atol=2e-3)
    np.testing.assert_allclose(scores, np.clip(want_scores, 0, 1), atol=1e-6)


def test_maps_and_bins_without_a_positive_value_are_mmposes():
    head = build(HEATMAP, type='HeatmapHead', deconv_out_channels=None, **MAPS)
    empty = np.full((1, K, *GRID[::-1]), -0.5, np.float32)
    keypoints, _ = decoders.decode(decode_spec(of_head(head)), [empty])
    assert (keypoints == head.decoder.decode(empty[0])[0]).all()
    head = build(
        SIMCC, type='SimCCHead', deconv_out_channels=None, **MAPS, **PIXELS
    )
    empty = [np.full((1, K, n), -0.5, np.float32) for n in (138, 186)]
    keypoints, _ = decoders.decode(decode_spec(of_head(head)), empty)
    assert (keypoints == head.decoder.decode(*(b[0] for b in empty))[0]).all()


# Who says how ------------------------------------------------------------


class Part(nn.Module):
    def __init__(self, **attributes):
        super().__init__()
        for name, value in attributes.items():
            setattr(self, name, value)


def test_the_head_is_asked_before_its_codec():
    head, codec = dict(type='head'), dict(type='codec')
    inner = Part(decode_spec=codec)
    assert decode_spec(of_head(Part(decoder=inner))) == codec
    asked = of_head(Part(decode_spec=head, decoder=inner))
    assert decode_spec(asked) == head


def test_the_answer_is_the_callers_to_change():
    spec = dict(type='head')
    decode_spec(of_head(Part(decode_spec=spec)))['type'] = 'other'
    assert spec == dict(type='head')


def test_what_nobody_can_decode_is_named():
    with pytest.raises(ValueError, match='head: Part, decoder: NoneType'):
        decode_spec(of_head(Part()))


def test_dark_refinement_of_bins_is_refused():
    codec = dict(SIMCC, use_dark=True)
    head = build(
        codec, type='SimCCHead', deconv_out_channels=None, **MAPS, **PIXELS
    )
    with pytest.raises(ValueError, match='use_dark=True'):
        decode_spec(of_head(head))
