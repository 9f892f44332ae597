"""MMPose's scope, in which a runner would build all of this."""

import pytest


@pytest.fixture(scope='module', autouse=True)
def mmpose_scope():
    registry = pytest.importorskip('mmengine.registry')
    with registry.DefaultScope.overwrite_default_scope('mmpose'):
        yield
