"""COCO annotations of drawn people."""

from typing import List

import numpy as np

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
        category_id=1, iscrowd=0, area=float(len(rows)),
        bbox=[float(value) for value in box],
        num_keypoints=int((keypoints[:, 2] > 0).sum()),
        keypoints=[round(float(value), 2) for value in keypoints.ravel()],
        view=person.view, pose=person.pose)


def annotate_all(people: List[Person]) -> List[dict]:
    """The people of one picture who are in it with at least one joint."""
    return [annotate(person) for person in people
            if person.silhouette.any() and person.keypoints[:, 2].any()]
