import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('mmpose')
from mmengine.logging import MMLogger  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

import mmpose_lightkpt  # noqa: E402, F401 - registers the data set
from mmpose_lightkpt.datasets import PeopleDataset  # noqa: E402
from mmpose_lightkpt.datasets.bad_image import BadImageError  # noqa: E402
from mmpose_lightkpt.datasets.seeding import SampleKey  # noqa: E402

pytestmark = pytest.mark.mmpose

CROP = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomBBoxTransform'),
    dict(type='TopdownAffine', input_size=(67, 53)),
    dict(type='PeopleInCrop'),
]


def build(folder, pipeline=CROP, **options):
    with DefaultScope.overwrite_default_scope('mmpose'):
        return PeopleDataset(
            ann_file='annotations/train.json',
            data_root=str(folder),
            data_prefix=dict(img='images/'),
            pipeline=pipeline,
            **options,
        )


def edit_annotation(index, **values):
    """An ``edit`` for ``draw_people`` that changes one annotation."""
    return lambda coco: coco['annotations'][index].update(values)


@pytest.fixture
def logged(caplog):
    """What MMEngine's logger says, which does not reach pytest's."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def cut_off(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_everyone_knows_the_others_of_the_same_image(draw_people):
    dataset = build(draw_people([3, 1, 2]), pipeline=[])
    everyone = [dataset[index] for index in range(6)]
    for mates in ([0, 1, 2], [3], [4, 5]):
        for own in mates:
            others = [everyone[mate] for mate in mates if mate != own]
            person = everyone[own]
            assert person['other_keypoints'].shape == (len(others), 17, 2)
            for row, other in enumerate(others):
                for mine, theirs in (
                    ('other_keypoints', 'keypoints'),
                    ('other_visible', 'keypoints_visible'),
                    ('other_boxes', 'bbox'),
                ):
                    np.testing.assert_array_equal(
                        person[mine][row], other[theirs][0]
                    )


def test_somebody_without_labelled_joints_is_neither_sample_nor_other(
    draw_people,
):
    unlabelled = [4.0, 6.0, 0] * 17
    folder = draw_people([2], edit=edit_annotation(0, keypoints=unlabelled))
    dataset = build(folder, pipeline=[])
    assert len(dataset) == 1
    assert len(dataset[0]['other_keypoints']) == 0


@pytest.mark.parametrize(
    'values',
    [
        dict(keypoints=[math.nan] * 51),
        dict(keypoints=[math.inf] * 51),
        dict(keypoints=[3.0] * 42),
        dict(bbox=[3, 5, 0, 7]),
    ],
)
def test_a_bad_annotation_is_left_out_with_one_warning(
    draw_people, logged, values
):
    folder = draw_people([2, 1], edit=edit_annotation(1, **values))
    dataset = build(folder, pipeline=[])
    assert len(dataset) == 2
    assert len(dataset[0]['other_keypoints']) == 0
    lines = [line for line in logged.messages if 'left out' in line]
    assert len(lines) == 1
    assert 'train.json: 1 annotations left out' in lines[0]


def test_a_missing_annotation_file_names_itself_and_the_remedy(tmp_path):
    with pytest.raises(FileNotFoundError, match='train.json.*LIGHTKPT_DATA'):
        build(tmp_path)


@pytest.mark.parametrize(
    'text',
    [
        '',
        '[]',
        '{}',
        '{"images": [',
        '{"images": [], "annotations": []}',
        '{"annotations": [{"id": 1}]}',
    ],
)
def test_a_file_that_is_not_coco_names_itself(tmp_path, text):
    (tmp_path / 'annotations').mkdir()
    (tmp_path / 'annotations' / 'train.json').write_text(text)
    with pytest.raises(ValueError, match='train.json (is not|holds no)'):
        build(tmp_path)


def test_a_file_without_usable_people_says_why(draw_people):
    folder = draw_people([1, 2], num_keypoints=14)
    with pytest.raises(ValueError, match='3 annotations left out.*3 x 17'):
        build(folder)


def test_a_wrong_image_folder_is_found_at_once(draw_people):
    folder = draw_people([1, 2])
    (folder / 'images').rename(folder / 'pictures')
    with pytest.raises(FileNotFoundError, match='no such image.*data_prefix'):
        build(folder)
    build(folder, pipeline=[])


@pytest.mark.parametrize(
    'damage',
    [cut_off, os.remove, lambda path: path.write_bytes(b'no image at all')],
    ids=['cut off', 'missing', 'not an image'],
)
def test_a_bad_image_is_replaced_counted_and_logged_once(
    draw_people, logged, damage
):
    folder = draw_people([1, 1, 1])
    bad = folder / 'images' / '002.jpg'
    dataset = build(folder)
    damage(bad)
    samples = [dataset[SampleKey(0, epoch, 1)] for epoch in range(5)]
    assert all(Path(s['img_path']).name != '002.jpg' for s in samples)
    ((path, count),) = dataset.skips.totals().items()
    assert Path(path) == bad
    assert count >= 5
    assert len([line for line in logged.messages if '002.jpg' in line]) == 1


def test_a_bad_image_is_an_error_in_test_mode(draw_people):
    folder = draw_people([1, 1])
    dataset = build(folder, test_mode=True)
    cut_off(folder / 'images' / '002.jpg')
    with pytest.raises(BadImageError, match='002.jpg: cut off or'):
        dataset[1]


def test_an_error_in_another_transform_is_no_bad_image(draw_people):
    dataset = build(draw_people([1]), pipeline=[*CROP, lambda data: 1 / 0])
    with pytest.raises(ZeroDivisionError):
        dataset[0]


def test_a_count_made_in_a_worker_is_seen_after_the_worker_ended(draw_people):
    folder = draw_people([1, 1, 1])
    dataset = build(folder)
    cut_off(folder / 'images' / '002.jpg')
    loader = DataLoader(
        dataset,
        batch_size=1,
        num_workers=2,
        collate_fn=len,
        sampler=[SampleKey(0, 0, index) for index in (0, 1, 2, 1)],
    )
    list(loader)
    assert sum(dataset.skips.totals().values()) >= 2


def crops(dataset, keys, num_workers):
    loader = DataLoader(
        dataset,
        batch_size=2,
        sampler=keys,
        num_workers=num_workers,
        collate_fn=lambda batch: [sample['img'] for sample in batch],
        persistent_workers=num_workers > 0,
    )
    return [image for batch in loader for image in batch]


@pytest.mark.parametrize('bad', [False, True], ids=['sound', 'one bad'])
def test_a_crop_depends_on_its_key_and_on_nothing_else(draw_people, bad):
    folder = draw_people([2, 1, 2, 1])
    dataset = build(folder)
    if bad:
        cut_off(folder / 'images' / '002.jpg')
    keys = [SampleKey(3, epoch, i) for epoch in (0, 1) for i in range(6)]
    alone = crops(dataset, keys, 0)
    np.testing.assert_array_equal(alone, crops(dataset, keys, 2))
    np.testing.assert_array_equal(alone[::-1], crops(dataset, keys[::-1], 1))
    for index in range(6):
        assert (alone[index] != alone[6 + index]).any()


def test_plain_indices_work_too(draw_people):
    assert build(draw_people([1]))[0]['img'].shape == (53, 67, 3)


def test_stock_coco_metadata_is_found_from_any_folder(
    draw_people, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    dataset = build(draw_people([1]), pipeline=[])
    assert dataset.metainfo['dataset_name'] == 'coco'
    assert dataset.metainfo['num_keypoints'] == 17


def test_a_photograph_of_two_gives_two_in_the_crop():
    folder = Path(os.environ.get('LIGHTKPT_DATA', 'data')) / 'coco_person'
    file = folder / 'annotations' / 'val.json'
    if not file.is_file():
        pytest.skip('needs LIGHTKPT_DATA with coco_person')
    coco = json.loads(file.read_text())
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = PeopleDataset(
            str(file),
            data_prefix=dict(img=str(folder / 'images')),
            pipeline=[CROP[0], CROP[1], *CROP[-2:]],
        )
    by_id = {person['id']: person for person in coco['annotations']}
    tested = 0
    for index in range(len(dataset)):
        own = by_id[dataset.get_data_info(index)['id']]
        others = [
            other
            for other in coco['annotations']
            if other['image_id'] == own['image_id'] and other is not own
        ]
        if len(others) == 1 and has_joint_in(own['bbox'], others[0]):
            people = dataset[index]
            assert len(people['people_keypoints']) == 2
            assert people['people_visible'].any(-1).all()
            tested += 1
    assert tested > 10


def has_joint_in(box, person):
    x, y, v = np.reshape(person['keypoints'], (-1, 3)).T
    inside = (x > box[0]) & (x < box[0] + box[2])
    inside &= (y > box[1]) & (y < box[1] + box[3])
    return (inside & (v > 0)).any()


def test_whole_images_hold_all_their_people(draw_people):
    dataset = build(draw_people([3, 1]), pipeline=[], data_mode='bottomup')
    assert [len(dataset[i]['keypoints']) for i in range(2)] == [3, 1]


def test_detected_boxes_can_be_tested_on(draw_people):
    folder = draw_people([1, 1])
    boxes = [
        dict(image_id=image, category_id=1, bbox=[3, 5, 17, 19], score=0.5)
        for image in (1, 1, 2)
    ]
    (folder / 'boxes.json').write_text(json.dumps(boxes))
    dataset = build(
        folder, test_mode=True, bbox_file=str(folder / 'boxes.json')
    )
    assert len(dataset) == 3
    assert all(len(dataset[i]['people_keypoints']) == 1 for i in range(3))


def test_without_mmpose_the_folder_imports_and_registers_nothing():
    code = (
        'import sys, mmpose_lightkpt.datasets as d;'
        'print(d.__all__, "torch" in sys.modules, "mmpose" in sys.modules)'
    )
    root = str(Path(mmpose_lightkpt.__file__).parents[1])
    run = subprocess.run(
        [sys.executable, '-c', code],
        env={**os.environ, 'PYTHONPATH': root, 'LIGHTKPT_REGISTER': '0'},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split('\n')[0] == '[] False False'
