"""Colour tells nothing about joint and side."""

import numpy as np

from mmpose_lightkpt.datasets.toy_people.appearance import sample_appearance
from mmpose_lightkpt.datasets.toy_people.body import Proportions, pose_body
from mmpose_lightkpt.datasets.toy_people.clothes import dress
from mmpose_lightkpt.datasets.toy_people.keypoints import PARTS
from mmpose_lightkpt.datasets.toy_people.mesh import join


def test_both_sides_of_the_body_are_dressed_alike(pose_of):
    rng = np.random.default_rng(0)
    skeleton = pose_body(Proportions(), pose_of())
    for _ in range(30):
        mesh = join(dress(skeleton, sample_appearance(rng), False))
        for limb in ('upper_arm', 'forearm', 'thigh', 'shin'):
            left, right = (
                mesh.colors[mesh.parts == PARTS[f'{side}_{limb}']]
                for side in ('left', 'right')
            )
            np.testing.assert_array_equal(left, right)


def test_the_torso_is_coloured_symmetrically(pose_of):
    rng = np.random.default_rng(1)
    skeleton = pose_body(Proportions(), pose_of())
    for _ in range(30):
        mesh = join(dress(skeleton, sample_appearance(rng), False))
        torso = mesh.parts == PARTS['torso']
        middle, colors = mesh.middles()[torso], mesh.colors[torso]
        quads = np.round(np.column_stack([middle, colors]), 6) + 0.0
        mirrored = np.round(quads * [-1, 1, 1, 1, 1, 1], 6) + 0.0
        assert {tuple(quad) for quad in quads} == {
            tuple(quad) for quad in mirrored
        }


def test_every_garment_takes_its_colour_from_the_same_palette():
    rng = np.random.default_rng(2)
    looks = [sample_appearance(rng) for _ in range(1500)]
    names = ('shirt', 'accent', 'trousers', 'shoes')
    colors = np.array(
        [[getattr(look, name) for name in names] for look in looks]
    )
    error = colors.std((0, 1)) * np.sqrt(2 / len(looks))
    means = colors.mean(0)
    for index, name in enumerate(names):
        assert np.all(np.abs(means[index] - means[0]) < 4 * error), name
    for first in range(4):
        for second in range(first):
            together = np.corrcoef(
                colors[:, first].mean(-1), colors[:, second].mean(-1)
            )[0, 1]
            assert abs(together) < 4 / np.sqrt(len(looks))
