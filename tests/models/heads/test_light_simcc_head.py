"""SimCC's head beyond the contract that all heads keep."""

import copy

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.datasets.transforms import PackPoseInputs  # noqa: E402
from mmpose.models.heads import RTMCCHead, SimCCHead  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

pytestmark = pytest.mark.mmpose
NAME = pytest.mark.parametrize
K, GW, GH, C = 3, 5, 7, 11  # 80 x 112 pixels
SIZE = (16 * GW, 16 * GH)
CODEC = dict(type='LightSimCCLabel', input_size=SIZE)
FORMS = dict(
    plain=dict(),
    deconv=dict(
        upsample='deconv',
        num_upsamples=2,
        upsample_channels=22,
        upsample_groups=11,
    ),
    shuffle=dict(
        upsample='pixel_shuffle',
        num_upsamples=1,
        upsample_channels=22,
        upsample_groups=11,
    ),
    attention=dict(kernel_size=7, gau=dict(hidden_dims=26, s=14)),
)
RTMPOSE = dict(
    hidden_dims=26,
    s=14,
    expansion_factor=2,
    dropout_rate=0.0,
    drop_path=0.0,
    act_fn='SiLU',
    use_rel_bias=False,
    pos_enc=False,
)
EACH = NAME('form', FORMS.values(), ids=FORMS)


def make(**kwargs):
    torch.manual_seed(0)
    settings = dict(in_channels=C, num_keypoints=K, decoder=CODEC)
    settings.update(in_featuremap_size=(GW, GH))
    settings.update(kwargs)
    head = MODELS.build(dict(type='LightSimCCHead', **settings))
    head.init_weights()
    return head


def features(num=2, scale=1.0):
    generator = torch.Generator().manual_seed(0)
    return [scale * torch.randn(num, C, GH, GW, generator=generator)]


def sample(codec, points=None, visible=(1, 1, 1)):
    """A packed sample of one person."""
    rng = np.random.default_rng(0)
    if points is None:
        points = rng.uniform(0, np.array(SIZE) - 1, (1, K, 2))
    return PackPoseInputs()(
        dict(
            codec.encode(points, np.array([visible], float)),
            label_mapping_table=codec.label_mapping_table,
            img=np.zeros((*SIZE[::-1], 3), np.uint8),
            flip_indices=[0, 2, 1],
            input_size=SIZE,
        )
    )['data_samples']


# What comes out ----------------------------------------------------------


@EACH
def test_logits_cover_all_bins_that_the_codec_draws(form):
    head = make(**form).eval()
    x, y = head(features())
    assert x.shape == (2, K, 160) and y.shape == (2, K, 224)


def test_the_bins_of_a_fraction_are_counted_as_the_codec_counts_them():
    # 80 x 1.3 and 112 x 1.3 are 104 and 145.6, which MMPose's head cuts.
    head = make(decoder=dict(CODEC, split_ratio=1.3))
    assert [z.shape[-1] for z in head(features())] == [104, 146]
    losses = head.loss(features(), [sample(head.decoder)] * 2)
    assert torch.isfinite(losses['loss_kpt'])


def test_without_attention_it_computes_what_mmposes_head_computes():
    ours = make().eval()
    theirs = SimCCHead(C, K, SIZE, (GW, GH), deconv_out_channels=None)
    names = dict(mlp_head_x='cls_x', mlp_head_y='cls_y')
    state = {}
    for key in theirs.state_dict():
        module, rest = key.split('.', 1)
        state[key] = ours.state_dict()[f'{names.get(module, module)}.{rest}']
    theirs.load_state_dict(state)
    for a, b in zip(ours(features()), theirs(features())):
        torch.testing.assert_close(a, b)


def test_rtmposes_head_fits_name_by_name_and_computes_the_same():
    theirs = RTMCCHead(
        C,
        K,
        SIZE,
        (GW, GH),
        final_layer_kernel_size=7,
        gau_cfg=RTMPOSE,
    ).eval()
    theirs.init_weights()
    ours = make(**FORMS['attention']).eval()
    ours.load_state_dict(theirs.state_dict())
    for a, b in zip(ours(features()), theirs(features())):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-6)


def test_before_training_every_bin_is_about_as_likely():
    head = make().eval()
    for logits in head(features()):
        p = logits.softmax(-1) * logits.shape[-1]
        assert 0.2 < p.min() < p.max() < 5


def test_the_score_is_that_of_the_codec():
    head = make().eval()
    feats = features(scale=50.0)
    with torch.no_grad():
        preds = head.predict(feats, [])
        keypoints, scores = head.decoder.batch_decode(*head(feats))
    for pred, point, score in zip(preds, keypoints, scores):
        np.testing.assert_array_equal(pred.keypoints, point)
        np.testing.assert_array_equal(pred.keypoint_scores, score)


def test_mmposes_flip_test_is_a_quarter_of_a_pixel_off_and_ours_is_exact():
    # A network that is right about both views, two bins to a pixel: MMPose
    # averages two peaks that are one bin apart.
    head = make()
    points = np.array([[[30.2, 50.0], [50.6, 70.3], [25.1, 41.7]]])
    mirrored = points[:, [0, 2, 1]] * [-1, 1] + [SIZE[0] - 1, 0]
    views = []
    for view in (points, mirrored):
        encoded = head.decoder.encode(view)
        views.append(
            tuple(
                torch.from_numpy(encoded[f'keypoint_{a}_labels'])
                .log()
                .clamp(min=-60)
                for a in 'xy'
            )
        )
    theirs = RTMCCHead(
        C,
        K,
        SIZE,
        (GW, GH),
        gau_cfg=RTMPOSE,
        decoder=CODEC,
    )
    found = {}
    for name, perfect in (('ours', copy.copy(head)), ('theirs', theirs)):
        perfect.forward = lambda outputs: outputs
        (pred,) = perfect.predict(
            views, [sample(head.decoder)], dict(flip_test=True)
        )
        found[name] = pred.keypoints
    np.testing.assert_allclose(found['ours'], points, atol=1e-3)
    shift = found['theirs'] - points
    np.testing.assert_allclose(shift[..., 0], 0.25, atol=1e-3)
    np.testing.assert_allclose(shift[..., 1], 0, atol=1e-3)


# Training ----------------------------------------------------------------


def test_the_loss_is_the_divergence_written_out():
    head = make().eval()
    visible = (1, 0, 1)
    data = sample(head.decoder, visible=visible)
    loss = head.loss(features(1), [data])['loss_kpt']
    labels = data.gt_instance_labels
    want = 0
    for name, logits in zip('xy', head(features(1))):
        t = labels[f'keypoint_{name}_labels'][0].double()
        log_p = logits[0].double().log_softmax(-1)
        for k in np.flatnonzero(visible):
            some = t[k] > 0
            want += (t[k] * (t[k].log() - log_p[k]))[some].sum() / 2
    assert loss.item() == pytest.approx(want.item(), rel=1e-5)


def test_accuracy_is_the_share_within_five_percent_of_the_crop():
    head = make()
    points = np.array([[[30.0, 50.0], [50.0, 70.0], [25.0, 41.0]]])
    data = sample(head.decoder, points)
    # 5 % of 80 x 112 are 4 and 5.6 px: 3 px off counts, 6 px does not.
    moved = points + [[[3, 0], [0, 6], [0, 0]]]
    logits = [
        torch.from_numpy(head.decoder.encode(moved)[f'keypoint_{a}_labels'])
        for a in 'xy'
    ]
    head.forward = lambda feats: tuple(z.clamp(min=1e-9).log() for z in logits)
    losses = head.loss(features(1), [data])
    assert losses['acc_pose'].item() == pytest.approx(2 / 3)


@EACH
def test_one_person_is_learnt_in_a_few_steps(form):
    head = make(**form).train()
    data = [sample(head.decoder)] * 2
    optimizer = torch.optim.Adam(head.parameters(), lr=0.02)
    for _ in range(40):
        losses = head.loss(features(), data)
        optimizer.zero_grad()
        losses['loss_kpt'].backward()
        optimizer.step()
    assert losses['loss_kpt'] < 0.2
    assert losses['acc_pose'] == 1


@EACH
@NAME('autocast', [False, True])
@NAME('scale', [0.0, 1.0, 1e4])
def test_training_stays_finite_with_degenerate_samples(form, autocast, scale):
    head = make(**form).train()
    corner = np.zeros((1, K, 2))  # all joints at one point, and hidden
    data = [
        sample(head.decoder, corner),
        sample(head.decoder, visible=(0, 0, 0)),
    ]
    with torch.autocast('cpu', torch.bfloat16, enabled=autocast):
        losses = head.loss(features(scale=scale), data)
    losses['loss_kpt'].backward()
    assert torch.isfinite(losses['loss_kpt'])
    for name, parameter in head.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name


# What is refused ---------------------------------------------------------

DECONV = FORMS['deconv']


@NAME(
    'wrong, words',
    [
        (dict(in_channels=0), 'in_channels must be a positive integer.*0'),
        (dict(num_keypoints=1.5), 'num_keypoints must be a positive .*1.5'),
        (dict(kernel_size=4), 'kernel_size must be odd.*4'),
        (dict(upsample='bilinear'), "upsample must be one of.*'bilinear'"),
        (dict(num_upsamples=1), "num_upsamples must be 0 while .*'none'"),
        (dict(DECONV, num_upsamples=0), 'num_upsamples must be a positive'),
        (dict(DECONV, upsample_groups=2), 'in_channels must be divisible.*2'),
        (dict(DECONV, upsample_channels=21), 'upsample_channels .*by.*21'),
        (dict(decoder=None), 'decoder must be a LightSimCCLabel.*NoneType'),
        (
            dict(decoder=dict(type='SimCCLabel', input_size=SIZE)),
            "decoder must be a LightSimCCLabel, got 'SimCCLabel'",
        ),
        (
            dict(in_featuremap_size=(GH, GW)),
            r'in_featuremap_size must be .*\(80, 112\) .*got \(7, 5\)',
        ),
        (dict(in_featuremap_size=(5, 8)), r'.*a stride, got \(5, 8\)'),
    ],
)
def test_arguments_outside_of_their_range_are_refused(wrong, words):
    with pytest.raises(ValueError, match=f'LightSimCCHead: {words}'):
        make(**wrong)


def test_an_odd_attention_is_refused():
    with pytest.raises(ValueError, match='hidden_dims must be .*even.*25'):
        make(gau=dict(hidden_dims=25))


def test_a_map_that_the_stride_does_not_divide_may_be_rounded_up():
    size = (16 * GW - 9, 16 * GH - 9)
    head = make(decoder=dict(CODEC, input_size=size))
    assert head(features())[0].shape[-1] == 2 * size[0]


def test_features_of_another_size_are_named():
    with pytest.raises(ValueError, match=r'\(5, 7\).*\(2, 11, 7, 6\)'):
        make()([torch.zeros(2, C, GH, GW + 1)])


def test_targets_of_another_codec_are_named():
    head = make()
    other = MODELS.build(
        dict(
            type='LightSimCCHead',
            in_channels=C,
            num_keypoints=K,
            in_featuremap_size=(GW, GH),
            decoder=dict(CODEC, split_ratio=1.0),
        )
    )
    with pytest.raises(ValueError, match="encoder must be the head's decoder"):
        head.loss(features(1), [sample(other.decoder)])
    empty = sample(head.decoder)
    del empty.gt_instance_labels.keypoint_weights
    with pytest.raises(ValueError, match='have no keypoint_weights;'):
        head.loss(features(1), [empty])
