"""A bundle small enough to reason about, written by hand.

The "network" takes the maximum over 4x4 pixels. Of the three channels the
first becomes centre and heatmap of a single joint, the other two become
regression and offset. So a red dot on black is the joint, at its cell.
"""

import numpy as np
import pytest

from mmpose_lightkpt.deploy import ModelSpec
from mmpose_lightkpt.deploy.bundle import sha256

TINY_PARAM = """7767517
5 9
Input  in0  0 1 in0
Pooling pool 1 1 in0 p 0=0 1=4 2=4
Split  copy 1 2 p a b
Slice  first 1 2 a out0 out2 -23300=2,1,2 1=0
Slice  again 1 2 b out1 out3 -23300=2,1,2 1=0
"""


def make_tiny_spec(**changes) -> ModelSpec:
    fields = dict(
        name='tiny',
        input_size=(52, 28),
        mean=(0.0, 0.0, 0.0),
        std=(255.0, 255.0, 255.0),
        channel_order='rgb',
        padding=1.25,
        outputs=('center', 'heatmap', 'regression', 'offset'),
        output_shapes=((1, 7, 13), (1, 7, 13), (2, 7, 13), (2, 7, 13)),
        decoder=dict(type='movenet', stride=[4, 4], distance_offset=1.8),
        keypoint_names=('nose',),
        skeleton_links=(),
        flip_indices=(0,),
    )
    return ModelSpec(**{**fields, **changes})


@pytest.fixture
def tiny_spec():
    return make_tiny_spec


@pytest.fixture
def tiny_bundle(tmp_path):
    """Folder with the hand-written bundle."""
    folder = tmp_path / 'tiny'
    folder.mkdir()
    (folder / 'model.ncnn.param').write_text(TINY_PARAM)
    (folder / 'model.ncnn.bin').write_bytes(bytes(4))
    make_tiny_spec(
        sha256={
            name: sha256(folder / name)
            for name in ('model.ncnn.param', 'model.ncnn.bin')
        }
    ).save(folder)
    return folder


@pytest.fixture
def photograph():
    """A BGR image of smooth shapes and noise, (H, W) = (157, 211)."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:157, :211]
    image = np.stack([x, y, (x * y) % 251], -1) + rng.integers(
        0, 40, (157, 211, 3)
    )
    return (image % 256).astype(np.uint8)
