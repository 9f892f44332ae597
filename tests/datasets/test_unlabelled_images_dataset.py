"""People without labels, beside those with labels."""

import json

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import DATASETS  # noqa: E402
from PIL import Image  # noqa: E402

from mmpose_lightkpt.datasets import EpochSampler  # noqa: E402

pytestmark = pytest.mark.mmpose
SIZE = (48, 64)
CODECS = dict(
    movenet=dict(type='MoveNetLabel', input_size=SIZE),
    heatmap=dict(
        type='MSRAHeatmap', input_size=SIZE, heatmap_size=(12, 16), sigma=1
    ),
    simcc=dict(type='LightSimCCLabel', input_size=SIZE),
    regression=dict(type='RegressionLabel', input_size=SIZE),
    integral=dict(
        type='IntegralRLELabel', input_size=SIZE, heatmap_size=(3, 4)
    ),
)


@pytest.fixture(scope='module', autouse=True)
def mmpose_scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def pipeline(codec='movenet'):
    return [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale', padding=1.0),
        dict(type='RandomFlip', direction='horizontal'),
        dict(type='RandomHalfBody'),
        dict(type='RandomBBoxTransform', scale_factor=(1.5, 1.6)),
        dict(type='TopdownAffine', input_size=SIZE),
        dict(type='PeopleInCrop'),
        dict(type='GenerateTarget', encoder=CODECS[codec]),
        dict(type='PackPoseInputs'),
    ]


def unlabelled(root, codec='movenet', **changes):
    given = dict(
        type='UnlabelledImagesDataset',
        data_root=str(root),
        data_prefix=dict(img='images/'),
        pipeline=pipeline(codec),
    )
    return dict(given, **changes)


def labelled(root, **changes):
    given = dict(
        unlabelled(root),
        type='PeopleDataset',
        ann_file='annotations/train.json',
    )
    return dict(given, **changes)


def test_each_image_of_a_folder_is_a_box(draw_people):
    root = draw_people([2, 1, 3], size=(83, 71))
    (root / 'images/more').mkdir()
    image = np.zeros((40, 60, 3), np.uint8)
    cv2.imwrite(str(root / 'images/more/other.PNG'), image)
    (root / 'images/notes.txt').write_text('no image')
    dataset = DATASETS.build(unlabelled(root))
    assert len(dataset) == 4
    boxes = [dataset.get_data_info(i)['bbox'][0].tolist() for i in range(4)]
    assert boxes == [[0, 0, 82, 70]] * 3 + [[0, 0, 59, 39]]
    info = dataset.get_data_info(0)
    assert info['keypoints'].shape == (1, 17, 2)
    assert not info['keypoints'].any()
    assert not info['keypoints_visible'].any()


def test_a_photograph_on_its_side_has_the_size_it_is_loaded_with(tmp_path):
    (tmp_path / 'images').mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / 'images/a.jpg'
    Image.new('RGB', (60, 40)).save(path, exif=exif)
    assert cv2.imread(str(path)).shape == (60, 40, 3)
    dataset = DATASETS.build(unlabelled(tmp_path))
    assert dataset.get_data_info(0)['bbox'][0].tolist() == [0, 0, 39, 59]


def test_the_boxes_of_a_coco_file_are_kept_and_the_keypoints_are_not(
    draw_people,
):
    def edit(coco):
        people = coco['annotations']
        del people[0]['keypoints']
        people[1]['iscrowd'] = 1
        people[2]['category_id'] = 2  # a dog
        people[3]['bbox'] = [5, 5, 0, 3]

    root = draw_people([2, 1, 3], edit=edit)
    file = 'annotations/train.json'
    dataset = DATASETS.build(unlabelled(root, ann_file=file))
    kept = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [info['id'] for info in kept] == [1, 5, 6]
    given = json.loads((root / file).read_text())['annotations']
    x, y, w, h = given[4]['bbox']
    np.testing.assert_allclose(
        kept[1]['bbox'][0], [x, y, x + w, y + h], atol=1e-3
    )
    assert not any(info['keypoints_visible'].any() for info in kept)


@pytest.mark.parametrize('codec', CODECS)
def test_it_goes_through_the_labelled_datas_pipeline(draw_people, codec):
    dataset = DATASETS.build(unlabelled(draw_people([2, 1]), codec))
    sample = dataset[0]['data_samples']
    labels = sample.gt_instance_labels
    assert labels.keypoint_weights.shape == (1, 17)
    assert not labels.keypoint_weights.any()
    if codec == 'movenet':
        weights = ('heatmap', 'regression', 'offset')
        fields = sample.gt_fields
        assert not any(fields.get(f'{w}_weights').any() for w in weights)
        assert not fields.center_heatmaps.any()


def test_it_stands_beside_people_with_labels(draw_people):
    root = draw_people([2, 1])
    whole = DATASETS.build(labelled(root, also=[unlabelled(root)]))
    assert len(whole) == 3 + 2
    samples = [
        whole[key]['data_samples'] for key in EpochSampler(whole, False, 0)
    ]
    shown = [
        bool(sample.gt_instance_labels.keypoint_weights.any())
        for sample in samples
    ]
    assert shown == [True] * 3 + [False] * 2


def test_mmposes_own_combination_takes_it(draw_people):
    root = draw_people([2, 1])
    parts = [labelled(root), unlabelled(root)]
    whole = DATASETS.build(
        dict(
            type='CombinedDataset',
            metainfo=dict(from_file='configs/_base_/datasets/coco.py'),
            datasets=parts,
        )
    )
    assert len(whole) == 5
    assert whole[4]['inputs'].shape == (3, 64, 48)


def test_a_file_that_is_no_image_is_left_out_and_nothing_else(draw_people):
    root = draw_people([1, 1])
    (root / 'images/001.jpg').write_bytes(b'no image')
    dataset = DATASETS.build(unlabelled(root))
    assert len(dataset) == 1
    (root / 'images/002.jpg').write_bytes(b'nor this')
    with pytest.raises(ValueError, match='holds no person: 2 .*not an image'):
        DATASETS.build(unlabelled(root))


def test_an_empty_folder_and_a_missing_one_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='images.*no such folder'):
        DATASETS.build(unlabelled(tmp_path))
    (tmp_path / 'images').mkdir()
    with pytest.raises(ValueError, match='images.* holds no person'):
        DATASETS.build(unlabelled(tmp_path))
    with pytest.raises(FileNotFoundError, match='no such annotation file'):
        DATASETS.build(unlabelled(tmp_path, ann_file='none.json'))


def test_a_crop_is_all_it_can_give(draw_people):
    root = draw_people([1])
    with pytest.raises(ValueError, match="data_mode must be 'topdown'"):
        DATASETS.build(unlabelled(root, data_mode='bottomup'))
