"""Poses made by hand, for the tests of toy people."""

import numpy as np
import pytest

from mmpose_lightkpt.datasets.toy_people.poses import LIMITS, PAIRED, Pose


@pytest.fixture(scope='session')
def pose_of():
    """A function that makes a straight pose but for the given angles."""

    def make(**angles) -> Pose:
        values = {
            name: np.zeros(2) if name in PAIRED else 0.0 for name in LIMITS
        }
        values.update(angles)
        return Pose('test', values)

    return make
