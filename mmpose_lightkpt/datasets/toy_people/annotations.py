"""Drawn people as COCO annotations."""

from typing import List

import numpy as np

from .keypoints import category
from .scene import Person


def annotate(person: Person) -> dict:
    """Keypoints, box and area of one person, without its ids.

    The box and the area are those of the silhouette inside the frame,
    parts that others cover included, so that the box holds the body.
    """
    keypoints = person.keypoints.copy()
    keypoints[keypoints[:, 2] == 0] = 0
    rows, columns = np.nonzero(person.silhouette)
    box = (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
    return dict(
        category_id=1,
        iscrowd=0,
        area=float(len(rows)),
        bbox=[float(value) for value in box],
        num_keypoints=int((keypoints[:, 2] > 0).sum()),
        keypoints=[round(float(value), 2) for value in keypoints.ravel()],
        view=person.view,
        pose=person.pose,
    )


def annotate_all(people: List[Person]) -> List[dict]:
    """The people of one picture who are in it with at least one joint."""
    return [
        annotate(person)
        for person in people
        if person.silhouette.any() and person.keypoints[:, 2].any()
    ]


def collect(split: str, drawn: List[List[dict]], settings: dict) -> dict:
    """The COCO dictionary of a split: ids, pictures and annotations."""
    width, height = settings['image_size']
    images = [
        dict(
            id=index + 1,
            width=width,
            height=height,
            file_name=f'{split}/{index:06d}.jpg',
        )
        for index in range(len(drawn))
    ]
    people = [
        (image['id'], person)
        for image, persons in zip(images, drawn)
        for person in persons
    ]
    return dict(
        info=dict(
            description='Toy people of mmpose_lightkpt', toy_people=settings
        ),
        licenses=[],
        images=images,
        annotations=[
            dict(id=number, image_id=image_id, **person)
            for number, (image_id, person) in enumerate(people, 1)
        ],
        categories=[category()],
    )
