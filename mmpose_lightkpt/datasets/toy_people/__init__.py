"""Toy people: drawn, articulated figures in COCO's format.

numpy and OpenCV are all it needs; neither torch nor MMPose is imported.

===================  ====================================================
``keypoints``        names, skeleton, body parts
``rotations``        rotation matrices of the body's axes
``poses``            joint angles within limits, around postures
``body``             proportions and forward kinematics
``appearance``       skin, hair, colours and cut of the clothes
``mesh``             surfaces of coloured quads
``head, clothes``    the surfaces of a person
``figure``           one person seen from one direction
``raster``           painter's order, shading, silhouettes
``visibility``       which joints the picture shows
``backgrounds``      what stands behind
``scene``            who stands where in one picture
``annotations``      a person as a COCO annotation
``generate``         the data set on disk
===================  ====================================================
"""

from .generate import make_toy_people
from .scene import draw_scene

__all__ = ['draw_scene', 'make_toy_people']
