import os

import numpy as np
import pytest

from mmpose_lightkpt.deploy.image_file import (
    is_truncated,
    list_images,
    read_image,
    write_image,
)

cv2 = pytest.importorskip('cv2')


@pytest.mark.parametrize('suffix', ['.png', '.bmp'])
def test_a_lossless_picture_survives_the_disk(photograph, tmp_path, suffix):
    path = tmp_path / f'a{suffix}'
    write_image(path, photograph)
    np.testing.assert_array_equal(read_image(path), photograph)


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
@pytest.mark.parametrize('share', [0.0, 0.02, 0.5, 0.9, 0.999])
def test_a_truncated_picture_is_refused_by_its_name(
    photograph, tmp_path, suffix, share
):
    path = tmp_path / f'half{suffix}'
    data = cv2.imencode(suffix, photograph)[1].tobytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ValueError, match=f'half{suffix}'):
        read_image(path)


def test_data_after_the_end_of_a_jpeg_are_allowed(photograph, tmp_path):
    path = tmp_path / 'phone.jpg'
    path.write_bytes(cv2.imencode('.jpg', photograph)[1].tobytes() + b'extra')
    assert read_image(path).shape == photograph.shape


def test_a_whole_thumbnail_does_not_hide_a_truncated_picture(photograph):
    jpeg = cv2.imencode('.jpg', photograph)[1].tobytes()
    header = b'\xff\xd8\xff\xe1' + jpeg  # the thumbnail, inside a header
    assert is_truncated(header + jpeg[2 : len(jpeg) // 2])
    assert not is_truncated(header + jpeg[2:])


@pytest.mark.parametrize('name', ['missing.jpg', 'text.jpg', 'folder.jpg'])
def test_what_is_no_picture_is_refused_by_its_name(tmp_path, name):
    (tmp_path / 'text.jpg').write_text('hello')
    (tmp_path / 'folder.jpg').mkdir()
    with pytest.raises(ValueError, match=name):
        read_image(tmp_path / name)


def test_a_folder_lists_its_pictures_by_name(tmp_path):
    for name in ('b.JPG', 'a.png', 'notes.txt'):
        (tmp_path / name).touch()
    (tmp_path / 'c.jpg').mkdir()
    assert [p.name for p in list_images(tmp_path)] == ['a.png', 'b.JPG']


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(ValueError, match='no image'):
        list_images(tmp_path)
    with pytest.raises(ValueError, match='no such'):
        list_images(tmp_path / 'nowhere')


def test_an_unknown_format_leaves_no_file(photograph, tmp_path):
    with pytest.raises(ValueError, match='suffix'):
        write_image(tmp_path / 'a.xyz', photograph)
    assert os.listdir(tmp_path) == []
