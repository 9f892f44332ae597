"""Groups of joints, from the names of a data set."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose.datasets.datasets.utils import parse_pose_metainfo  # noqa: E402

from mmpose_lightkpt.datasets import LspDataset, PeopleDataset  # noqa: E402
from mmpose_lightkpt.evaluation.joint_groups import (  # noqa: E402
    GROUPS,
    joint_groups,
)

pytestmark = pytest.mark.mmpose


def names_of(dataset):
    names = parse_pose_metainfo(dataset.METAINFO)['keypoint_id2name']
    return [names[k] for k in range(len(names))]


@pytest.mark.parametrize('dataset', [LspDataset, PeopleDataset])
def test_each_joint_of_our_data_is_in_one_group_of_the_literature(dataset):
    names = names_of(dataset)
    groups = joint_groups(names)
    assert tuple(groups) == GROUPS
    assert sorted(k for g in groups.values() for k in g) == list(
        range(len(names))
    )
    for group in GROUPS[1:]:
        assert sorted(names[k] for k in groups[group]) == [
            f'left_{group}',
            f'right_{group}',
        ]


def test_the_head_is_what_lies_above_the_shoulders():
    assert joint_groups(names_of(LspDataset))['head'] == [12, 13]
    assert joint_groups(names_of(PeopleDataset))['head'] == [0, 1, 2, 3, 4]


def test_a_joint_that_no_table_has_is_a_group_of_its_own():
    groups = joint_groups(['left_big_toe', 'right_ankle', 'right_big_toe'])
    assert groups == {'ankle': [1], 'big_toe': [0, 2]}
    assert list(groups) == ['ankle', 'big_toe']
