import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('mmpose')
from mmengine.registry import DefaultScope  # noqa: E402

import mmpose_lightkpt  # noqa: E402
from mmpose_lightkpt.datasets import LspDataset  # noqa: E402

pytestmark = pytest.mark.mmpose


def metadata():
    return LspDataset(lazy_init=True).metainfo


def test_the_metadata_are_found_from_another_folder(tmp_path):
    root = str(Path(mmpose_lightkpt.__file__).parents[1])
    code = (
        'from mmpose_lightkpt.datasets import LspDataset;'
        'print(LspDataset(lazy_init=True).metainfo["num_keypoints"])'
    )
    run = subprocess.run(
        [sys.executable, '-c', code],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': root},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split()[-1] == '14'


def test_left_and_right_swap_and_nothing_else_does():
    meta = metadata()
    names = [meta['keypoint_id2name'][joint] for joint in range(14)]
    for joint, other in enumerate(meta['flip_indices']):
        swapped = names[joint].replace('left', '?').replace('right', 'left')
        assert names[other] == swapped.replace('?', 'right')
    assert meta['flip_indices'][12:] == [12, 13]


def test_shared_joints_have_the_sigmas_of_coco():
    from mmpose_lightkpt.datasets import PeopleDataset

    lsp, coco = metadata(), PeopleDataset(lazy_init=True).metainfo
    shared = set(lsp['keypoint_name2id']) & set(coco['keypoint_name2id'])
    assert len(shared) == 12
    for name in shared:
        assert (
            lsp['sigmas'][lsp['keypoint_name2id'][name]]
            == coco['sigmas'][coco['keypoint_name2id'][name]]
        )


def test_every_joint_is_in_one_half_and_in_the_skeleton():
    meta = metadata()
    halves = meta['upper_body_ids'] + meta['lower_body_ids']
    assert sorted(halves) == list(range(14))
    assert set(np.ravel(meta['skeleton_links'])) == set(range(14))


def test_the_mean_left_and_right_of_real_people_fit_the_names():
    """Feet are below heads; ankles below knees below hips."""
    folder = Path(os.environ.get('LIGHTKPT_DATA', 'data')) / 'lsp'
    if not folder.is_dir():
        pytest.skip('needs LIGHTKPT_DATA with lsp')
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = LspDataset(str(folder / 'annotations' / 'train.json'))
    assert len(dataset) == 1000
    mean = np.mean([dataset[i]['keypoints'][0] for i in range(1000)], 0)
    index = dataset.metainfo['keypoint_name2id']
    chain = [
        'head_top',
        'neck',
        'left_shoulder',
        'left_hip',
        'left_knee',
        'left_ankle',
    ]
    heights = [mean[index[name], 1] for name in chain]
    assert heights == sorted(heights)
