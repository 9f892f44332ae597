"""What a start costs is told apart from what an image costs."""

import sys

import numpy as np
import pytest

from mmpose_lightkpt.deploy import startup
from mmpose_lightkpt.deploy.startup import start

IMAGE = np.zeros((4, 4, 3), np.uint8)


def test_loading_and_the_first_image_are_timed_apart(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(startup.time, 'perf_counter', lambda: clock[0])

    def pipeline(image, box):
        assert image is IMAGE and box == 'box'
        clock[0] += 0.007

    def load():
        clock[0] += 0.5
        return pipeline

    found, cost = start(load, IMAGE, 'box')
    assert found is pipeline
    assert cost['load_ms'] == pytest.approx(500)
    assert cost['first_ms'] == pytest.approx(7)


@pytest.mark.skipif(sys.platform != 'linux', reason='reads /proc')
def test_memory_that_a_model_takes_is_told():
    size = 200 << 20

    def load():
        held = np.ones(size, np.uint8)
        return lambda image, box: held.sum()

    _, cost = start(load, IMAGE, None)
    assert cost['peak_memory_bytes'] > size
    # Of other tests' peaks some may be left: it is the process's.
    assert cost['model_memory_bytes'] > 0.9 * size


def test_a_system_that_does_not_tell_gives_none(monkeypatch):
    monkeypatch.setattr(startup, '_memory_bytes', lambda key: None)
    _, cost = start(lambda: lambda image, box: None, IMAGE, None)
    assert cost['model_memory_bytes'] is None
