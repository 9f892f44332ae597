"""The labelled joints of the person whose sample it is."""

import numpy as np

__all__ = ['labelled_joints']


def labelled_joints(results: dict, key: str) -> np.ndarray:
    """Joints (V, 2) of a top-down sample that have a label.

    Args:
        results: what the pipeline holds, with ``keypoints_visible``.
        key: 'keypoints' in image pixels, or 'transformed_keypoints' in those
            of the crop, (1, K, 2).
    """
    points = results[key][0]
    # (1, K), or (1, K, 2): visibility and weight
    visible = results['keypoints_visible'][0].reshape(len(points), -1)[:, 0]
    return points[visible > 0]
