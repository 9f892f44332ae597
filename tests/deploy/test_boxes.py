import json

import numpy as np
import pytest

from mmpose_lightkpt.deploy.boxes import (
    parse_box,
    parse_corners,
    read_coco_boxes,
    without_padding,
)


def write(folder, data):
    path = folder / 'coco.json'
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def test_width_and_height_become_a_corner():
    assert parse_box('10,20.5,3,7') == (10, 20.5, 13, 27.5)
    assert parse_box(' -5, 0, 3, 7 ') == (-5, 0, -2, 7)


@pytest.mark.parametrize('padding', [0.8, 1, 1.25])
def test_a_box_without_its_padding_gets_it_back_from_the_padding(padding):
    x1, y1, x2, y2 = without_padding((-10, 20, 90, 60), padding)
    np.testing.assert_allclose(((x1 + x2) / 2, (y1 + y2) / 2), (40, 40))
    np.testing.assert_allclose(
        (padding * (x2 - x1), padding * (y2 - y1)), (100, 40)
    )


@pytest.mark.parametrize(
    'text',
    [
        '',
        '1,2,3',
        '1,2,3,4,5',
        'a,b,c,d',
        '1,2,0,4',
        '1,2,3,-4',
        '1,2,nan,4',
        'inf,2,3,4',
    ],
)
def test_what_is_no_box_is_refused(text):
    with pytest.raises(ValueError, match='x,y,w,h'):
        parse_box(text)


def test_boxes_are_found_by_the_name_of_the_file(tmp_path):
    path = write(
        tmp_path,
        dict(
            images=[
                dict(id=7, file_name='sub/a.jpg'),
                dict(id=3, file_name='b.jpg'),
            ],
            annotations=[
                dict(id=1, image_id=7, bbox=[1, 2, 3, 5]),
                dict(id=2, image_id=7, bbox=[0, 0, 2, 2]),
            ],
        ),
    )
    assert read_coco_boxes(path) == {
        'a.jpg': [(1, 2, 4, 7), (0, 0, 2, 2)],
        'b.jpg': [],
    }


@pytest.mark.parametrize(
    'data',
    [
        '',
        '[]',
        'null',
        '{}',
        dict(images=[], annotations=[{}]),
        dict(
            images=[dict(id=1, file_name='a')],
            annotations=[dict(image_id=2, bbox=[1, 2, 3, 4])],
        ),
        dict(
            images=[dict(id=1, file_name='a')],
            annotations=[dict(image_id=1, bbox=[1, 2, 0, 4])],
        ),
        dict(
            images=[dict(id=1, file_name='a')],
            annotations=[dict(image_id=1, bbox=None)],
        ),
        dict(
            images=[dict(id=1, file_name='a')],
            annotations=[dict(image_id=1, bbox=['x', 2, 3, 4])],
        ),
    ],
)
def test_a_foreign_file_is_refused_by_its_name(tmp_path, data):
    with pytest.raises(ValueError, match=r'coco\.json'):
        read_coco_boxes(write(tmp_path, data))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r'nowhere\.json'):
        read_coco_boxes(tmp_path / 'nowhere.json')


def test_corners_are_taken_as_they_are():
    assert parse_corners('10,20.5,30,27') == (10, 20.5, 30, 27)


@pytest.mark.parametrize(
    'text', ['', '1,2,3', '1,2,3,4,5', '5,2,3,4', '1,4,3,4', '1,2,nan,4', 'a']
)
def test_corners_that_make_no_box_are_refused(text):
    with pytest.raises(ValueError, match='four numbers x1,y1,x2,y2'):
        parse_corners(text)
