"""Toy people: drawn, articulated figures in COCO's format.

numpy and OpenCV are all it needs; neither torch nor MMPose is imported.

===================  ====================================================
``keypoints``        names, skeleton, body parts
``rotations``        rotation matrices of the body's axes
``poses``            joint angles within limits, around postures
``body``             proportions and forward kinematics
``appearance``       skin, hair, colours and cut of the clothes
``mesh``             surfaces of coloured quads
``head``             skull, hair, face
``torso, limbs``     the rest, in clothes
``clothes``          all below the head, and a seat
``figure``           one person seen from one direction
``raster``           painter's order, shading, silhouettes
``visibility``       which joints the picture shows
``textures``         walls and floors
``furniture``        things that stand behind
``backgrounds``      the room that people stand in
``scene``            who stands where in one picture
``annotations``      a person as a COCO annotation
``files``            files written whole or not at all
``workers``          pictures drawn by several processes
``generate``         the data set on disk
``sheet``            samples side by side, for the docs
===================  ====================================================
"""

from .generate import make_toy_people
from .scene import draw_scene

__all__ = ['draw_scene', 'make_toy_people']
