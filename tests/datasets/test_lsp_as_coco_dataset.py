"""LSP's people under COCO's names: by name, flipped right, or refused."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmengine.registry import DefaultScope  # noqa: E402

from mmpose_lightkpt.datasets import (  # noqa: E402
    LspAsCocoDataset,
    LspDataset,
    PeopleDataset,
)

pytestmark = pytest.mark.mmpose
LSP = LspDataset(lazy_init=True).metainfo['keypoint_name2id']
COCO = PeopleDataset(lazy_init=True).metainfo['keypoint_name2id']
FACE = ('nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear')


@pytest.fixture(autouse=True)
def mmpose_scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def write(folder, joints, shift=0):
    """One image, one person; joint k lies at (10 + k, 20 + k)."""
    k = np.arange(joints)
    triples = np.stack([10 + k + shift, 20 + k, np.full(joints, 2)], axis=1)
    document = dict(
        images=[dict(id=1, file_name='a.jpg', width=64, height=64)],
        annotations=[
            dict(
                id=1,
                image_id=1,
                category_id=1,
                iscrowd=0,
                bbox=[5, 5, 40, 40],
                area=1600,
                num_keypoints=joints,
                keypoints=triples.ravel().tolist(),
            )
        ],
        categories=[dict(id=1, name='person')],
    )
    path = folder / f'{joints}.json'
    path.write_text(json.dumps(document))
    return str(path)


def test_joints_are_placed_by_name_and_the_face_has_no_label(tmp_path):
    person = LspAsCocoDataset(write(tmp_path, 14))[0]
    shared = set(LSP) & set(COCO)
    assert len(shared) == 12
    for name in shared:
        expected = 10 + LSP[name], 20 + LSP[name]
        assert tuple(person['keypoints'][0, COCO[name]]) == expected
    labelled = person['keypoints_visible'][0] > 0
    assert {name for name in COCO if labelled[COCO[name]]} == shared
    assert not labelled[[COCO[name] for name in FACE]].any()


def test_both_kinds_are_one_data_set_with_cocos_joints(tmp_path):
    also = dict(type='LspAsCocoDataset', ann_file=write(tmp_path, 14))
    both = PeopleDataset(write(tmp_path, 17), also=[also])
    assert len(both) == 2
    assert [person['keypoints'].shape for person in both] == [(1, 17, 2)] * 2
    assert both[1]['flip_indices'] == both[0]['flip_indices']


def test_other_joints_are_refused_by_name(tmp_path):
    also = dict(type='LspDataset', ann_file=write(tmp_path, 14))
    with pytest.raises(ValueError, match='head_top, expected nose.*`type`'):
        PeopleDataset(write(tmp_path, 17), also=[also])


def test_an_annotation_of_another_length_is_left_out(tmp_path):
    with pytest.raises(ValueError, match='not 3 x 14 long'):
        LspAsCocoDataset(write(tmp_path, 5))


def test_real_people_keep_the_places_that_lsp_gives_them():
    folder = Path(os.environ.get('LIGHTKPT_DATA', 'data')) / 'lsp'
    if not folder.is_dir():
        pytest.skip('needs LIGHTKPT_DATA with lsp')
    path = str(folder / 'annotations' / 'test.json')
    theirs, ours = LspDataset(path), LspAsCocoDataset(path)
    assert len(ours) == len(theirs) == 1000
    for name in set(LSP) & set(COCO):
        np.testing.assert_array_equal(
            ours[7]['keypoints'][0, COCO[name]],
            theirs[7]['keypoints'][0, LSP[name]],
        )
