import json

import numpy as np
import pytest

from mmpose_lightkpt import demo
from mmpose_lightkpt.deploy import boxed_model
from mmpose_lightkpt.deploy.image_file import read_image, write_image

pytest.importorskip('cv2')
pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn


@pytest.fixture
def photos(tmp_path, photograph):
    """A folder with two pictures, one of them with a red dot at (100, 70)."""
    folder = tmp_path / 'photos'
    dotted = np.zeros((157, 211, 3), np.uint8)
    dotted[66:75, 96:105, 2] = 255
    write_image(folder / 'dot.png', dotted)
    write_image(folder / 'noise.png', photograph)
    return folder


def run(*words):
    return demo.main([str(word) for word in words])


def test_a_folder_is_drawn_and_left_as_it_is(
    photos, tiny_bundle, tmp_path, capsys
):
    out = tmp_path / 'out'
    before = (photos / 'dot.png').read_bytes()
    assert run(photos, '--model', tiny_bundle, '--out', out) == 0
    assert sorted(p.name for p in out.iterdir()) == [
        'dot_pose.png',
        'noise_pose.png',
    ]
    assert (photos / 'dot.png').read_bytes() == before
    assert '2 of 2 images drawn' in capsys.readouterr().out


def test_the_joint_is_drawn_where_it_is(photos, tiny_bundle, tmp_path):
    run(photos / 'dot.png', '--model', tiny_bundle, '--out', tmp_path)
    before = read_image(photos / 'dot.png').astype(int)
    after = read_image(tmp_path / 'dot_pose.png').astype(int)
    y, x = np.nonzero(np.abs(after - before).sum(-1))
    # A cell of the tiny model is 4 pixels of 28 over 1.25 * 157 pixels.
    assert abs(x.mean() - 100) < 28 and abs(y.mean() - 70) < 28


def test_only_the_inside_of_the_box_is_searched(photos, tiny_bundle, tmp_path):
    estimate = demo.bundle_estimator(tiny_bundle).estimate
    image = read_image(photos / 'dot.png')
    inside, outside = estimate(image, [(80, 50, 120, 90), (0, 100, 40, 140)])
    assert inside[1][0] == 1 and outside[1][0] == 0
    np.testing.assert_allclose(inside[0][0], (100, 70), atol=8)


def test_boxes_of_a_coco_file_are_used_and_others_skipped(
    photos, tiny_bundle, tmp_path, capsys
):
    boxes = tmp_path / 'boxes.json'
    boxes.write_text(
        json.dumps(
            dict(
                images=[dict(id=1, file_name='dot.png')],
                annotations=[dict(image_id=1, bbox=[80, 50, 40, 40])],
            )
        )
    )
    assert (
        run(
            photos,
            '--model',
            tiny_bundle,
            '--boxes-file',
            boxes,
            '--out',
            tmp_path / 'out',
        )
        == 0
    )
    text = capsys.readouterr()
    assert '1 of 2 images drawn' in text.out and '1 skipped' in text.out
    assert 'noise.png: no box' in text.err


def test_a_broken_picture_is_skipped_and_counted(
    photos, tiny_bundle, tmp_path, capsys
):
    data = (photos / 'noise.png').read_bytes()
    (photos / 'half.png').write_bytes(data[: len(data) // 2])
    out = tmp_path / 'out'
    assert run(photos, '--model', tiny_bundle, '--out', out) == 0
    text = capsys.readouterr()
    assert '2 of 3 images drawn' in text.out and '1 skipped' in text.out
    assert 'half.png' in text.err
    assert not (out / 'half_pose.png').exists()


def test_nothing_readable_is_a_failure(tmp_path, tiny_bundle, capsys):
    (tmp_path / 'bad.jpg').write_bytes(b'\xff\xd8 not a picture')
    assert (
        run(
            tmp_path / 'bad.jpg',
            '--model',
            tiny_bundle,
            '--out',
            tmp_path / 'out',
        )
        == 1
    )
    assert not (tmp_path / 'out').exists()


def test_without_a_model_that_of_the_package_draws(
    photos, tiny_bundle, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(boxed_model, 'BOX', tiny_bundle)
    assert run(photos / 'dot.png', '--out', tmp_path / 'boxed') == 0
    drawn = tmp_path / 'boxed' / 'dot_pose.png'
    assert str(drawn) in capsys.readouterr().err
    named = tmp_path / 'named'
    run(photos / 'dot.png', '--model', tiny_bundle, '--out', named)
    assert drawn.read_bytes() == (named / 'dot_pose.png').read_bytes()


def test_a_package_without_a_model_asks_for_one(
    photos, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(boxed_model, 'BOX', tmp_path / 'empty')
    assert run(photos / 'dot.png', '--out', tmp_path / 'out') == 1
    text = capsys.readouterr().err.strip()
    assert len(text.splitlines()) == 1 and '--model BUNDLE_DIR' in text
    assert not (tmp_path / 'out').exists()


def test_a_bundle_in_place_of_a_picture_is_told(tiny_bundle, capsys):
    assert run(tiny_bundle, '--model', tiny_bundle) == 1
    assert f'photo.jpg --model {tiny_bundle}' in capsys.readouterr().err


@pytest.mark.parametrize(
    'words',
    [
        ['nowhere.jpg', '--model', 'BUNDLE'],
        ['PHOTOS', '--model', 'nowhere'],
        ['PHOTOS', '--model', 'BUNDLE', '--boxes', '1,2,3'],
        ['PHOTOS', '--model', 'BUNDLE', '--boxes-file', 'nowhere.json'],
        ['PHOTOS', '--config', 'nowhere.py', '--checkpoint', 'nowhere.pth'],
    ],
)
def test_a_mistake_gives_one_line_and_fails(
    photos, tiny_bundle, tmp_path, capsys, words
):
    names = dict(PHOTOS=photos, BUNDLE=tiny_bundle)
    words = [names.get(word, word) for word in words]
    assert run(*words, '--out', tmp_path / 'out') == 1
    text = capsys.readouterr().err.strip()
    assert len(text.splitlines()) == 1 and 'error' in text


@pytest.mark.parametrize(
    'words',
    [
        ['a.jpg', '--config', 'c.py'],
        ['a.jpg', '--checkpoint', 'c.pth'],
        ['a.jpg', '--model', 'b', '--config', 'c.py', '--checkpoint', 'c.pth'],
        ['a.jpg', '--model', 'b', '--boxes', '1,2,3,4', '--boxes-file', 'f'],
    ],
)
def test_options_that_contradict_are_refused(words):
    with pytest.raises(SystemExit) as error:
        run(*words)
    assert error.value.code == 2
