"""Several annotation files read as one data set."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import DATASETS  # noqa: E402

from mmpose_lightkpt.datasets import EpochSampler  # noqa: E402
from mmpose_lightkpt.datasets.seeding import SampleKey  # noqa: E402
from mmpose_lightkpt.datasets.toy_people import make_toy_people  # noqa: E402
from mmpose_lightkpt.evaluation.mean_pose import (  # noqa: E402
    build_without_images,
    mean_pose,
    parts_of,
)

pytestmark = pytest.mark.mmpose
PIPELINE = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='RandomBBoxTransform'),
    dict(type='TopdownAffine', input_size=(48, 64)),
    dict(type='PackPoseInputs'),
]


@pytest.fixture(scope='module', autouse=True)
def mmpose_scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


@pytest.fixture(scope='module')
def roots(tmp_path_factory):
    folders = []
    for seed, name in enumerate(('one', 'two')):
        folder = tmp_path_factory.mktemp(name)
        make_toy_people(
            folder, 5, 1, image_size=(96, 96), workers=1, seed=seed
        )
        folders.append(folder)
    return folders


def part(root, **changes):
    return dict(
        type='PeopleDataset',
        data_root=str(root),
        ann_file='annotations/train.json',
        data_prefix=dict(img='images/'),
        **changes,
    )


def joined(roots, pipeline=PIPELINE):
    first, *others = map(part, roots)
    also = [{k: v for k, v in o.items() if k != 'type'} for o in others]
    return DATASETS.build(dict(first, also=also, pipeline=pipeline))


def test_its_samples_are_those_of_its_parts_in_order(roots):
    whole = joined(roots)
    parts = [DATASETS.build(part(root, pipeline=PIPELINE)) for root in roots]
    assert len(whole) == sum(map(len, parts))
    assert whole.metainfo.keys() == parts[0].metainfo.keys()
    paths = [
        dataset[i]['data_samples'].metainfo['img_path']
        for dataset in parts
        for i in range(len(dataset))
    ]
    assert paths == [
        whole[i]['data_samples'].metainfo['img_path']
        for i in range(len(whole))
    ]


def test_a_key_gives_the_same_crop_whenever_it_is_drawn(roots):
    whole = joined(roots)
    last = len(whole) - 1
    first = whole[SampleKey(0, 3, last)]['inputs']
    np.random.rand(5)  # noqa: NPY002
    assert torch.equal(whole[SampleKey(0, 3, last)]['inputs'], first)
    assert not torch.equal(whole[SampleKey(0, 4, last)]['inputs'], first)


def test_the_sampler_takes_it(roots):
    whole = joined(roots)
    keys = list(EpochSampler(whole, seed=0))
    assert sorted(key.index for key in keys) == list(range(len(whole)))


def test_a_bad_image_of_the_second_is_skipped_and_counted(roots, tmp_path):
    make_toy_people(tmp_path, 5, 1, image_size=(96, 96), workers=1, seed=3)
    whole = joined([roots[0], tmp_path])
    bad = DATASETS.build(part(tmp_path)).get_data_info(0)['img_path']
    with open(bad, 'wb') as file:
        file.write(b'no picture')
    second = len(DATASETS.build(part(roots[0])))
    assert whole[second]['inputs'].shape == (3, 64, 48)
    assert whole.skips.totals()[bad] >= 1


def test_the_second_file_is_missed_like_the_first(roots, tmp_path):
    with pytest.raises(FileNotFoundError, match='annotation file'):
        joined([roots[0], tmp_path])
    (tmp_path / 'annotations').mkdir()
    file = 'annotations/train.json'
    (tmp_path / file).write_bytes((roots[1] / file).read_bytes())
    with pytest.raises(FileNotFoundError, match='no such image'):
        joined([roots[0], tmp_path])


def test_the_mean_pose_is_over_the_people_of_both(roots):
    steady = [t for t in PIPELINE if not t['type'].startswith('Random')]
    whole = dict(part(roots[0]), also=[part(roots[1])])
    assert [p['data_root'] for p in parts_of(whole)] == [
        str(root) for root in roots
    ]
    poses = [
        [build_without_images(p, steady) for p in parts]
        for parts in ([part(roots[0])], [part(roots[1])], parts_of(whole))
    ]
    one, two, both = map(mean_pose, poses)
    assert not np.allclose(one, two)
    low, high = np.minimum(one, two), np.maximum(one, two)
    assert ((low - 1e-6 <= both) & (both <= high + 1e-6)).all()
