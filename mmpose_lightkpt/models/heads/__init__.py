"""Heads: ``forward`` is pure tensors and is what gets exported.

- :mod:`.cosine_layer`: ``CosineLayer``, of the article on regression heads
- :mod:`.decoded_instances`: outputs to MMPose's instances, in numpy
- :mod:`.flip`: ``average_flipped``, the flip test of all heads
- :mod:`.gau`: ``LightGAU``, RTMPose's attention for ncnn
- :mod:`.ipr_head`: ``IPRHead``
- :mod:`.light_rle_head`: ``LightRLEHead``
- :mod:`.light_simcc_head`: ``LightSimCCHead``
- :mod:`.movenet_head`: ``MoveNetHead``
- :mod:`.movenet_multi_head`: ``MoveNetMultiHead``, of several people
- :mod:`.pose_accuracy`: ``acc_pose``, as MMPose logs it
- :mod:`.soft_argmax`: ``soft_argmax``, of integral regression
"""

from .ipr_head import IPRHead
from .light_rle_head import LightRLEHead
from .light_simcc_head import LightSimCCHead
from .movenet_head import MoveNetHead
from .movenet_multi_head import MoveNetMultiHead

__all__ = [
    'IPRHead',
    'LightRLEHead',
    'LightSimCCHead',
    'MoveNetHead',
    'MoveNetMultiHead',
]
