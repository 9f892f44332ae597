"""Names, links and body parts: the 17 COCO keypoints of a toy person."""

KEYPOINTS = (
    'nose',
    'left_eye',
    'right_eye',
    'left_ear',
    'right_ear',
    'left_shoulder',
    'right_shoulder',
    'left_elbow',
    'right_elbow',
    'left_wrist',
    'right_wrist',
    'left_hip',
    'right_hip',
    'left_knee',
    'right_knee',
    'left_ankle',
    'right_ankle',
)

#: Pairs of 1-based keypoint numbers, in COCO's own order.
SKELETON = (
    (16, 14),
    (14, 12),
    (17, 15),
    (15, 13),
    (12, 13),
    (6, 12),
    (7, 13),
    (6, 7),
    (6, 8),
    (7, 9),
    (8, 10),
    (9, 11),
    (2, 3),
    (1, 2),
    (1, 3),
    (2, 4),
    (3, 5),
    (4, 6),
    (5, 7),
)

#: ``FLIP[k]`` is the keypoint that k becomes when left and right swap.
FLIP = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)

SIDES = ('left', 'right')

#: Labels of body parts in the part map; a hand belongs to the forearm and
#: a foot to the shin. A prop (a seat) belongs to no body.
PARTS = {
    name: number
    for number, name in enumerate(
        (
            'torso',
            'head',
            'left_upper_arm',
            'right_upper_arm',
            'left_forearm',
            'right_forearm',
            'left_thigh',
            'right_thigh',
            'left_shin',
            'right_shin',
            'prop',
        ),
        start=1,
    )
}


def own_parts(keypoint: str) -> tuple:
    """Labels of the parts that meet in a joint, and so do not hide it."""
    side, _, joint = keypoint.partition('_')
    limbs = {
        'shoulder': ('torso', f'{side}_upper_arm'),
        'elbow': (f'{side}_upper_arm', f'{side}_forearm'),
        'wrist': (f'{side}_forearm',),
        'hip': ('torso', f'{side}_thigh'),
        'knee': (f'{side}_thigh', f'{side}_shin'),
        'ankle': (f'{side}_shin',),
    }.get(joint, ('head',))
    return tuple(PARTS[name] for name in limbs)


def category() -> dict:
    """The COCO category entry, with keypoint names and skeleton."""
    return dict(
        id=1,
        name='person',
        supercategory='person',
        keypoints=list(KEYPOINTS),
        skeleton=[list(link) for link in SKELETON],
    )
