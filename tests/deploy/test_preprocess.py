import numpy as np
import pytest

from mmpose_lightkpt.deploy.preprocess import (
    check_image,
    crop_matrix,
    preprocess,
    to_image,
)

BOXES = [
    (20, 30, 90, 140),
    (-40.5, -20.25, 60, 70),
    (150, 100, 300, 290),
    (50.3, 60.7, 54.1, 66.6),
    (3, 5, 208, 29),
    (0, 0, 211, 157),
]


def mmpose_sample(image, box, input_size, keypoints):
    """Crop and keypoints as MMPose's validation pipeline makes them."""
    pytest.importorskip('mmpose.datasets')
    from mmpose.datasets.transforms import GetBBoxCenterScale, TopdownAffine

    results = dict(
        img=image,
        bbox=np.array([box], np.float32),
        bbox_score=np.ones(1, np.float32),
        keypoints=keypoints[None],
        keypoints_visible=np.ones((1, len(keypoints)), np.float32),
    )
    results = GetBBoxCenterScale(padding=1.25)(results)
    return TopdownAffine(input_size=input_size)(results)


@pytest.mark.mmpose
@pytest.mark.parametrize('order', ['rgb', 'bgr'])
@pytest.mark.parametrize('size', [(192, 192), (192, 256), (127, 61)])
@pytest.mark.parametrize('box', BOXES)
def test_the_input_equals_that_of_mmpose(
    photograph, tiny_spec, box, size, order
):
    pytest.importorskip('mmpose.models')
    import torch
    from mmpose.models.data_preprocessors import PoseDataPreprocessor

    mean, std = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
    spec = tiny_spec(input_size=size, mean=mean, std=std, channel_order=order)
    sample = mmpose_sample(photograph, box, size, np.zeros((1, 2)))
    normalise = PoseDataPreprocessor(
        mean=mean, std=std, bgr_to_rgb=order == 'rgb'
    )
    crop = torch.from_numpy(sample['img'].transpose(2, 0, 1).copy())
    expected = normalise(dict(inputs=[crop], data_samples=[]))['inputs'][0]

    x, _ = preprocess(photograph, spec, box)
    assert x.dtype == np.float32 and x.flags.c_contiguous
    np.testing.assert_array_equal(x, expected.numpy())


@pytest.mark.mmpose
@pytest.mark.parametrize('size', [(192, 192), (192, 256), (127, 61)])
@pytest.mark.parametrize('box', BOXES)
def test_keypoints_go_where_mmpose_sends_them_and_back(
    photograph, tiny_spec, box, size
):
    points = np.random.default_rng(3).uniform(0, 150, (17, 2)).astype('f4')
    sample = mmpose_sample(photograph, box, size, points)
    _, matrix = preprocess(photograph, tiny_spec(input_size=size), box)
    expected = sample['transformed_keypoints'][0]
    np.testing.assert_allclose(
        points @ matrix[:, :2].T + matrix[:, 2], expected, atol=1e-4, rtol=1e-6
    )
    back = to_image(points @ matrix[:, :2].T + matrix[:, 2], matrix)
    np.testing.assert_allclose(back, points, atol=1e-4)
    # MMPose's own way back, from the head's crop pixels.
    restored = (
        points / size * sample['input_scale']
        + sample['input_center']
        - 0.5 * sample['input_scale']
    )
    np.testing.assert_allclose(
        to_image(points, matrix), restored, atol=1e-4, rtol=1e-6
    )


def test_no_box_means_the_whole_image(photograph, tiny_spec):
    whole = preprocess(photograph, tiny_spec(), (0, 0, 211, 157))
    for ours, expected in zip(preprocess(photograph, tiny_spec()), whole):
        np.testing.assert_array_equal(ours, expected)


def test_the_centre_of_the_box_goes_to_half_the_input_size():
    # Padding 1.25 of a 40 x 100 box in a square: side 125 px on 192 px.
    matrix = crop_matrix((30, 10, 70, 110), (192, 192), 1.25)
    np.testing.assert_allclose(matrix @ [50, 60, 1], [96, 96], atol=1e-5)
    np.testing.assert_allclose(matrix[0, 0], 192 / 125, rtol=1e-6)


@pytest.mark.parametrize(
    'box',
    [
        (1, 2, 3),
        (1, 2, 1, 5),
        (1, 5, 4, 2),
        (1, 2, float('nan'), 4),
        (1, 2, float('inf'), 4),
        'abcd',
        ((1, 2, 3, 4),),
    ],
)
def test_an_impossible_box_is_refused(photograph, tiny_spec, box):
    with pytest.raises(ValueError, match='box|float'):
        preprocess(photograph, tiny_spec(), box)


@pytest.mark.parametrize(
    'image',
    [
        None,
        np.zeros((5, 7), np.uint8),
        np.zeros((5, 7, 4), np.uint8),
        np.zeros((5, 7, 3), np.float32),
        np.zeros((0, 7, 3), np.uint8),
    ],
)
def test_what_is_no_bgr_photograph_is_refused(image):
    with pytest.raises(ValueError, match='BGR uint8'):
        check_image(image)
