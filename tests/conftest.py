"""Small drawn data sets for the tests of data sets and trainings."""

import json

import cv2
import numpy as np
import pytest


def draw_person(image, rng, num_keypoints):
    """Draw a person as dots; return its COCO annotation, without ids."""
    height, width = image.shape[:2]
    center = rng.uniform(
        (0.35 * width, 0.35 * height), (0.65 * width, 0.65 * height)
    )
    points = center + rng.uniform(-0.3, 0.3, (num_keypoints, 2)) * height
    points = np.clip(points, 1, (width - 2, height - 2))
    for point in points.round().astype(int).tolist():
        cv2.circle(image, point, 2, rng.integers(0, 255, 3).tolist(), -1)
    low, high = points.min(0), points.max(0)
    labelled = np.c_[points, rng.choice([1, 2], num_keypoints)]
    return dict(
        category_id=1,
        iscrowd=0,
        area=float(np.prod(high - low)),
        bbox=[*low.tolist(), *(high - low).tolist()],
        num_keypoints=num_keypoints,
        keypoints=labelled.ravel().tolist(),
    )


@pytest.fixture
def draw_people(tmp_path):
    """Return a function that draws a COCO-style folder of dotted people.

    ``draw_people([2, 1])`` makes two images, of two people and of one, under
    ``images/``, with ``annotations/train.json``, and returns the folder.
    ``edit(coco)`` may change the annotations before they are written.
    """

    def draw(counts, size=(83, 71), num_keypoints=17, edit=None):
        rng = np.random.default_rng(7)
        images, annotations = [], []
        for name in ('images', 'annotations'):
            (tmp_path / name).mkdir(exist_ok=True)
        for image_id, count in enumerate(counts, 1):
            image = rng.integers(0, 90, (*size[::-1], 3), dtype=np.uint8)
            for _ in range(count):
                person = draw_person(image, rng, num_keypoints)
                person.update(id=len(annotations) + 1, image_id=image_id)
                annotations.append(person)
            name = f'{image_id:03d}.jpg'
            cv2.imwrite(str(tmp_path / 'images' / name), image)
            images.append(
                dict(
                    id=image_id, file_name=name, width=size[0], height=size[1]
                )
            )
        coco = dict(
            images=images,
            annotations=annotations,
            categories=[dict(id=1, name='person')],
        )
        if edit:
            edit(coco)
        path = tmp_path / 'annotations' / 'train.json'
        path.write_text(json.dumps(coco))
        return tmp_path

    return draw
