"""What the C++ header refuses, in one line; and boxes, to the image."""

import numpy as np
import pytest

from mmpose_lightkpt.deploy import preprocess

SIZE = dict(input_size=(48, 64))
CASES = dict(
    movenet=((1, 7, 5), (3, 7, 5), (6, 7, 5), (6, 7, 5)),
    simcc=((3, 48), (3, 64)),
    integral=((3, 8, 6), (3, 2)),
    regression=((3, 4),),
)
NAMES = dict(
    movenet=('center', 'heatmap', 'regression', 'offset'),
    simcc=('x_bins', 'y_bins'),
    integral=('heatmap', 'sigma'),
    regression=('coordinates',),
)
EACH = pytest.mark.parametrize('kind', CASES)


def tensors_of(kind):
    return [np.full(shape, 0.1, np.float32) for shape in CASES[kind]]


def parameters_of(kind):
    own = {} if kind in ('movenet', 'simcc') else SIZE
    return dict(own, score='product') if kind == 'integral' else own


@EACH
@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(cpp, kind, bad):
    for i, name in enumerate(NAMES[kind]):
        tensors = tensors_of(kind)
        tensors[i][:] = bad
        error = cpp.error(kind, tensors, **parameters_of(kind))
        assert error == f'lightkpt: {name} holds NaN or infinity\n'


def test_one_nan_hides_nowhere_in_a_map(cpp):
    for kind in ('movenet', 'simcc', 'integral'):
        for index in (0, 1, -1):
            tensors = tensors_of(kind)
            tensors[0].flat[2] = 9  # a clear winner before or after it
            tensors[0].flat[index] = np.nan
            cpp.error(kind, tensors, **parameters_of(kind))


@pytest.mark.parametrize('bad', [np.nan, -np.nan, np.inf, -np.inf])
def test_nothing_hides_in_cells_that_cannot_win(cpp, bad):
    # Blocks of 16 cells and what is left of a row; before and after the
    # winner, on its row and far from it.
    for y, x in [(0, 0), (0, 31), (0, 35), (9, 17), (10, 3), (19, 34)]:
        for i, winner in ((0, (10, 18)), (1, (10, 18))):
            maps = [
                np.full((c, 20, 36), 1e-3, np.float32) for c in (1, 1, 2, 2)
            ]
            maps[i][(0, *winner)] = 0.9
            cpp('movenet', maps)
            maps[i][0, y, x] = bad
            assert ('center', 'heatmap')[i] in cpp.error('movenet', maps)


def test_infinity_is_refused_where_every_finite_value_is_hopeless(cpp):
    if not cpp.exact:
        pytest.skip('-ffast-math knows no infinity to compare with')
    maps = [np.full((c, 20, 36), 0.1, np.float32) for c in (1, 1, 2, 2)]
    maps[1][:] = 3e38  # at the point; twenty rows away more would be needed
    cpp('movenet', maps)
    maps[1][0, -1, 20] = np.inf
    cpp.error('movenet', maps)


def test_cells_that_no_answer_depends_on_may_hold_anything(cpp):
    tensors = tensors_of('movenet')
    tensors[0][0, 3, 2] = tensors[1][:, 3, 2] = 0.9
    for maps in tensors[2:]:
        kept = maps[:, 3, 2].copy()
        maps[:] = np.nan
        maps[:, 3, 2] = kept
    points, _ = cpp('movenet', tensors)
    np.testing.assert_allclose(points, [[8.4, 12.4]] * 3, atol=1e-5)


@pytest.mark.parametrize(
    'kind, name',
    [(kind, name) for kind in CASES for name in NAMES[kind]],
)
def test_wrong_shapes_are_named(cpp, kind, name):
    i = NAMES[kind].index(name)
    tensors = tensors_of(kind)
    # Maps of one tensor and rows of bins may have any size, but joints count.
    joints = kind in ('simcc', 'integral')
    tensors[i] = tensors[i][:-1] if joints else tensors[i][..., :-1]
    error = cpp.error(kind, tensors, **parameters_of(kind))
    # Which of two that disagree is wrong, nobody knows.
    assert any(f' {other} must be (' in error for other in NAMES[kind])


def test_shapes_are_told_as_wanted_and_as_got(cpp):
    tensors = tensors_of('movenet')
    tensors[3] = tensors[3][:5]
    assert cpp.error('movenet', tensors) == (
        'lightkpt: offset must be (6, 7, 5), got (5, 7, 5)\n'
    )


@EACH
def test_missing_half_precision_and_packed_tensors_are_refused(cpp, kind):
    parameters = parameters_of(kind)
    for changes in (dict(elemsize=2), dict(elempack=4, elemsize=16)):
        error = cpp.error(kind, tensors_of(kind), **parameters, **changes)
        assert 'not float32 with elempack 1' in error
    assert 'is empty' in cpp.error(kind, tensors_of(kind)[:-1], **parameters)


@pytest.mark.parametrize(
    'kind, changes, named',
    [
        ('movenet', dict(distance_offset=0), 'distance_offset'),
        ('simcc', dict(split_ratio=0), 'split_ratio'),
        ('simcc', dict(sigma_bins=(6, 0)), 'sigma_bins'),
        ('integral', dict(temperature=-1), 'temperature'),
        ('integral', dict(max_floor_share=1), 'max_floor_share'),
        ('integral', dict(input_size=(48, 0)), r'input_size'),
        ('regression', dict(input_size=(0, 0)), r'input_size'),
    ],
)
def test_impossible_parameters_are_refused(cpp, kind, changes, named):
    parameters = dict(parameters_of(kind), **changes)
    assert named in cpp.error(kind, tensors_of(kind), **parameters)


def test_fewer_than_three_bins_are_refused(cpp):
    rows = [np.zeros((3, 2), np.float32), np.zeros((3, 64), np.float32)]
    assert '3 bins' in cpp.error('simcc', rows)


# Boxes ----------------------------------------------------------------------

BOXES = [(0, 0, 640, 480), (1011.3, 20.7, 1060.1, 470.2), (-30, -8, 90, 5.5)]


def in_image(cpp, box, padding):
    """What both make of a point in the crop: (3, 2) each."""
    shares = np.float32([[0, 0], [0.3, 0.9], [1, 1]])
    names = ('box_x1', 'box_y1', 'box_x2', 'box_y2')
    done = cpp.run(
        'regression',
        [shares],
        **SIZE,
        padding=padding,
        **dict(zip(names, box)),
    )
    points = np.loadtxt(done.stdout.splitlines())[:, :2]
    matrix = preprocess.crop_matrix(box, SIZE['input_size'], padding)
    inverse = np.array(done.stderr.split(), float).reshape(2, 3)
    crop = shares * SIZE['input_size']
    return points, preprocess.to_image(crop, matrix), inverse, crop


@pytest.mark.parametrize('box', BOXES)
def test_keypoints_go_back_to_the_image(cpp, box):
    points, wanted, inverse, crop = in_image(cpp, box, 1.25)
    # Python's map is built in float32, as MMPose's.
    np.testing.assert_allclose(points, wanted, rtol=0, atol=2e-3)
    np.testing.assert_allclose(
        crop @ inverse[:, :2].T + inverse[:, 2], wanted, rtol=0, atol=2e-3
    )


@pytest.mark.parametrize(
    'box', [(5, 5, 5, 9), (9, 1, 5, 9), (0, 0, float('nan'), 9)]
)
def test_empty_boxes_are_refused(cpp, box):
    names = ('box_x1', 'box_y1', 'box_x2', 'box_y2')
    done = cpp.run(
        'regression',
        tensors_of('regression'),
        **SIZE,
        padding=1.25,
        **dict(zip(names, box)),
    )
    assert done.returncode and 'x1 < x2' in done.stderr
