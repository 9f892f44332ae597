"""What integral regression's head refuses, and in which words."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from small_ipr import (  # noqa: E402
    DECODER,
    DSNT,
    features,
    head,
    people,
    samples,
)

pytestmark = pytest.mark.mmpose


@pytest.mark.parametrize(
    'given, said',
    [
        (dict(in_channels=0), 'in_channels must be a positive integer.*0'),
        (dict(num_keypoints=2.5), 'num_keypoints.*integer.*2.5'),
        (dict(temperature=0), 'temperature must be positive.*0'),
        (dict(temperature=float('nan')), 'temperature.*nan'),
        (dict(debias='mine'), 'debias must be one of.*floor.*mine'),
        (dict(sigma='conv'), "sigma must be one of.*'gap'.*conv"),
        (dict(score='luck'), 'score must be one of.*luck'),
        (dict(score='sigma'), "score must be 'peak' while sigma is 'none'"),
        (dict(max_floor_share=1.0), r'max_floor_share.*in \(0, 1\).*1.0'),
        (dict(heatmap_size=(8, 6)), r"heatmap_size.*decoder's, \(6, 8\)"),
        (dict(heatmap_size=(6, 1)), 'heatmap_size.*at least 2'),
        (dict(decoder=None), 'heatmap_size must be given'),
        (dict(num_upsamples=1), 'num_upsamples must be 0 while upsample is'),
        (dict(upsample='bilinear'), 'upsample must be one of.*bilinear'),
        (dict(upsample='deconv'), 'num_upsamples must be a positive'),
        (
            dict(upsample='deconv', num_upsamples=1),
            'in_channels must be divisible by upsample_groups, 16.*13',
        ),
        (
            dict(upsample='deconv', num_upsamples=2, upsample_groups=1),
            r'heatmap_size.*divisible by 2 \*\* num_upsamples, 4',
        ),
        (
            dict(decoder=dict(type='RegressionLabel', input_size=(192, 256))),
            'decoder must be an IntegralRLELabel.*RegressionLabel',
        ),
        (dict(loss=dict(type='SmoothL1Loss')), 'loss.*RLEDSNTLoss.*SmoothL1'),
        (dict(loss=dict(type='RLEDSNTLoss')), "sigma must be 'gap'"),
        (
            dict(sigma='gap', loss=dict(type='RLEDSNTLoss', terms=DSNT)),
            "sigma must be 'none'",
        ),
    ],
)
def test_a_wrong_argument_is_named(given, said):
    with pytest.raises(ValueError, match=f'IPRHead: {said}'):
        head(**given)


def test_a_backbone_of_another_stride_is_refused():
    with pytest.raises(ValueError, match=r'\(6, 8\).*\(12, 16\)'):
        head()(features(size=(16, 12)))


@pytest.mark.parametrize('lacking', ['keypoint_weights', 'keypoint_labels'])
def test_samples_without_their_labels_are_refused(lacking):
    batch = samples(people())
    for sample in batch:
        del sample.gt_instance_labels[lacking]
    with pytest.raises(ValueError, match=f'no {lacking}.*IntegralRLELabel'):
        head().loss(features(), batch)


def test_samples_of_another_codec_are_refused():
    batch = samples(people())
    for sample in batch:
        del sample.gt_fields
    with pytest.raises(ValueError, match='no heatmaps.*IntegralRLELabel'):
        head().loss(features(), batch)


def test_targets_of_another_size_are_refused():
    other = head(
        decoder=dict(DECODER, heatmap_size=(12, 16)),
    ).decoder
    batch = samples(people(), codec=other)
    with pytest.raises(ValueError, match='5 x 8 x 6.*5 x 16 x 12'):
        head().loss(features(), batch)
