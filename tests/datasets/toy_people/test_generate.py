"""The data set on disk: its statistics, its safety and its errors."""

import hashlib
import json
import os

import cv2
import numpy as np
import pytest

from mmpose_lightkpt.datasets.toy_people import make_toy_people
from mmpose_lightkpt.datasets.toy_people.keypoints import KEYPOINTS, SKELETON

SMALL = dict(num_train=5, num_val=3, image_size=(97, 83), workers=1)


@pytest.fixture(scope='module')
def dataset(tmp_path_factory):
    """A folder with 160 and 60 pictures."""
    folder = tmp_path_factory.mktemp('toys') / 'toy_people'
    make_toy_people(folder, 160, 60, seed=11, image_size=(128, 128))
    return folder


def load(folder, split):
    return json.loads((folder / f'annotations/{split}.json').read_text())


def joints(annotation):
    return np.array(annotation['keypoints']).reshape(17, 3)


def crop(annotation, padding=1.25):
    """(centre, side) of the square crop around a person's padded box."""
    x, y, width, height = annotation['bbox']
    center = np.array([x + width / 2, y + height / 2])
    return center, padding * max(width, height)


def digest(folder):
    """Hash of every file by its relative path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(folder.rglob('*'))
        if path.is_file()
    }


@pytest.mark.parametrize(('split', 'count'), [('train', 160), ('val', 60)])
def test_the_annotations_are_coco(dataset, split, count):
    coco = load(dataset, split)
    assert [image['id'] for image in coco['images']] == [*range(1, count + 1)]
    numbers = [annotation['id'] for annotation in coco['annotations']]
    assert len(set(numbers)) == len(numbers) >= count
    (category,) = coco['categories']
    assert category['name'] == 'person'
    assert category['keypoints'] == list(KEYPOINTS)
    assert category['skeleton'] == [list(link) for link in SKELETON]
    for image in coco['images']:
        picture = cv2.imread(str(dataset / 'images' / image['file_name']))
        assert picture.shape == (image['height'], image['width'], 3)
    for annotation in coco['annotations']:
        points = joints(annotation)
        assert annotation['num_keypoints'] == (points[:, 2] > 0).sum() > 0
        assert set(points[:, 2]) <= {0, 1, 2}
        assert np.all(points[points[:, 2] == 0] == 0)
        x, y, width, height = annotation['bbox']
        assert 0 <= x < x + width <= 128
        assert 0 <= y < y + height <= 128
        assert 0 < annotation['area'] < width * height


def test_boxes_hold_the_joints_of_people_wholly_in_the_frame(dataset):
    for annotation in load(dataset, 'train')['annotations']:
        points = joints(annotation)
        if np.all(points[:, 2] > 0):
            x, y, width, height = annotation['bbox']
            assert points[:, 0].min() > x - 2
            assert points[:, 1].min() > y - 2
            assert points[:, 0].max() < x + width + 2
            assert points[:, 1].max() < y + height + 2


def test_views_sizes_and_hidden_joints_are_as_promised(dataset):
    people = load(dataset, 'train')['annotations']
    views = [person['view'] for person in people]
    assert views.count('back') / len(people) >= 0.25
    assert views.count('front') / len(people) >= 0.35
    assert views.count('side') / len(people) >= 0.12
    assert len({person['pose'] for person in people}) >= 6
    flags = np.array([joints(person)[:, 2] for person in people])
    assert 0.15 < (flags == 1).mean() < 0.35
    assert (flags == 0).mean() < 0.04
    sides = np.array([max(person['bbox'][2:]) for person in people])
    assert np.mean((sides >= 45) & (sides <= 110)) > 0.85
    assert np.ptp(sides) > 40


def test_a_third_of_the_crops_hold_another_person(dataset):
    people = load(dataset, 'train')['annotations']
    shared = 0
    for person in people:
        center, side = crop(person)
        shared += any(
            np.any(
                (np.abs(joints(other)[:, :2] - center) < side / 2).all(1)
                & (joints(other)[:, 2] > 0)
            )
            for other in people
            if other['image_id'] == person['image_id'] and other is not person
        )
    assert 0.25 < shared / len(people) < 0.48


def test_a_mean_pose_scores_below_015(dataset):
    def normalised(split):
        places, seen = [], []
        for person in load(dataset, split)['annotations']:
            center, side = crop(person)
            places.append((joints(person)[:, :2] - center) / side)
            seen.append(joints(person)[:, 2] > 0)
        return np.array(places), np.array(seen)

    places, seen = normalised('train')
    mean = (places * seen[..., None]).sum(0) / seen.sum(0)[:, None]
    places, seen = normalised('val')
    error = 160 * np.linalg.norm(places - mean, axis=-1)
    score = (error < 5)[seen].mean()
    assert 0.01 < score < 0.15


def test_train_and_val_share_no_person(dataset):
    poses = [
        {
            tuple(person['keypoints'])
            for person in load(dataset, split)['annotations']
        }
        for split in ('train', 'val')
    ]
    assert not poses[0] & poses[1]
    hashes = [
        {value for path, value in digest(dataset).items() if split in path}
        for split in ('images/train', 'images/val')
    ]
    assert [len(values) for values in hashes] == [160, 60]
    assert not hashes[0] & hashes[1]


def test_the_seed_alone_decides_and_workers_do_not(tmp_path, monkeypatch):
    monkeypatch.delenv('LIGHTKPT_REGISTER', raising=False)
    settings = {**SMALL, 'num_train': 9}
    for name, change in (
        ('one', {}),
        ('two', dict(workers=2)),
        ('other', dict(seed=1)),
    ):
        make_toy_people(tmp_path / name, **{**settings, **change})
    one, two, other = (
        digest(tmp_path / name) for name in ('one', 'two', 'other')
    )
    assert 'LIGHTKPT_REGISTER' not in os.environ
    assert one == two
    assert len(one) == 9 + 3 + 2
    for path in one:
        assert one[path] != other[path]


def test_more_pictures_begin_with_the_same_ones(tmp_path):
    make_toy_people(tmp_path / 'few', **SMALL)
    make_toy_people(tmp_path / 'more', **{**SMALL, 'num_train': 7})
    few, more = digest(tmp_path / 'few'), digest(tmp_path / 'more')
    for path in few:
        if path.startswith('images'):
            assert few[path] == more[path]


class KilledError(Exception):
    pass


def test_a_run_killed_half_way_can_be_run_again(tmp_path):
    make_toy_people(tmp_path / 'whole', **SMALL)

    def kill(split, done, total):
        if done == 3:
            raise KilledError

    with pytest.raises(KilledError):
        make_toy_people(tmp_path / 'killed', **SMALL, progress=kill)
    assert not (tmp_path / 'killed/annotations/train.json').exists()
    (tmp_path / 'killed/images/train/.tmp-left').write_bytes(b'half')
    (tmp_path / 'killed/images/train/000001.jpg').write_bytes(b'half')
    make_toy_people(tmp_path / 'killed', **SMALL)
    assert digest(tmp_path / 'killed') == digest(tmp_path / 'whole')


def test_a_killed_run_leaves_no_index_of_an_older_one(tmp_path):
    make_toy_people(tmp_path, **SMALL)

    def kill(split, done, total):
        raise KilledError

    with pytest.raises(KilledError):
        make_toy_people(tmp_path, **SMALL, seed=1, progress=kill)
    assert not (tmp_path / 'annotations/train.json').exists()


def test_fewer_pictures_than_before_leave_no_surplus(tmp_path):
    make_toy_people(tmp_path / 'toys', **{**SMALL, 'num_train': 7})
    (tmp_path / 'toys/images/train/mine.jpg').write_bytes(b'keep')
    make_toy_people(tmp_path / 'toys', **SMALL)
    make_toy_people(tmp_path / 'fresh', **SMALL)
    again = digest(tmp_path / 'toys')
    assert again.pop('images/train/mine.jpg')
    assert again == digest(tmp_path / 'fresh')


def test_a_complete_data_set_is_left_alone(tmp_path):
    make_toy_people(tmp_path, **SMALL)
    calls = []
    make_toy_people(tmp_path, **SMALL, progress=lambda *a: calls.append(a))
    assert not calls
    (tmp_path / 'images/val/000002.jpg').unlink()
    make_toy_people(tmp_path, **SMALL, progress=lambda *a: calls.append(a))
    assert calls == [('val', 1, 3), ('val', 2, 3), ('val', 3, 3)]


def test_annotations_of_others_are_never_overwritten(tmp_path):
    theirs = tmp_path / 'annotations/val.json'
    theirs.parent.mkdir()
    theirs.write_text('{"images": []}')
    with pytest.raises(ValueError, match='not of toy people'):
        make_toy_people(tmp_path, **SMALL)
    assert theirs.read_text() == '{"images": []}'


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(num_train=0), 'num_train must be at least 1, got 0'),
        (dict(num_val=-2), 'num_val must be at least 1, got -2'),
        (dict(workers=0), 'workers must be at least 1, got 0'),
        (dict(seed=-1), 'seed must not be negative, got -1'),
        (dict(image_size=(256, 63)), 'at least 64'),
        (dict(image_size=(256,)), 'width, height'),
    ],
)
def test_bad_numbers_are_named(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        make_toy_people(tmp_path / 'toys', **{**SMALL, **change})
    assert not (tmp_path / 'toys').exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    file = tmp_path / 'file'
    file.write_text('not a folder')
    with pytest.raises(ValueError, match=r'file/toys.*cannot be written'):
        make_toy_people(file / 'toys', **SMALL)


def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    from mmpose_lightkpt.datasets.toy_people import files

    def full(source, target):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(files.os, 'replace', full)
    with pytest.raises(OSError, match=r'No space left.*000000\.jpg'):
        make_toy_people(tmp_path, **SMALL)
    assert not [path for path in tmp_path.rglob('*') if path.is_file()]
