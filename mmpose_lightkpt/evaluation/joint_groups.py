"""Joints in the groups that the tables of the literature have."""

from typing import Dict, List, Sequence

__all__ = ['GROUPS', 'joint_groups']

GROUPS = ('head', 'shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')
SIDES = ('left_', 'right_')
HEAD = ('head_top', 'neck', 'nose', 'eye', 'ear')


def joint_groups(names: Sequence[str]) -> Dict[str, List[int]]:
    """Group joints by name, left and right together.

    Neck and top of the head, or nose, eyes and ears, are 'head'; any other
    joint is in the group of its own name without side.

    Args:
        names: of the K joints, as in a data set's metainfo.

    Returns:
        Group -> indices of its joints; the groups of :data:`GROUPS` first,
        in that order, then others as they come.

    Example:
        >>> joint_groups(['nose', 'left_hip', 'right_hip'])
        {'head': [0], 'hip': [1, 2]}
    """
    found: Dict[str, List[int]] = {group: [] for group in GROUPS}
    for index, name in enumerate(names):
        for side in SIDES:
            name = name[len(side) :] if name.startswith(side) else name
        group = 'head' if name in HEAD else name
        found.setdefault(group, []).append(index)
    return {group: joints for group, joints in found.items() if joints}
