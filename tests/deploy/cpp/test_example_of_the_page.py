"""The example of docs/how_to/decode_in_cpp.md, with a stand-in for ncnn."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt.deploy import ModelSpec
from mmpose_lightkpt.deploy.decoders import decode
from mmpose_lightkpt.deploy.preprocess import preprocess, to_image

STAND_IN = Path(__file__).parent / 'ncnn_stand_in'
PAGE = Path(__file__).parents[3] / 'docs' / 'how_to' / 'decode_in_cpp.md'
BOX = (21.5, 10.0, 131.0, 140.5)

if not PAGE.is_file():
    pytest.skip('needs the sources', allow_module_level=True)


@pytest.fixture(scope='module')
def spec():
    """What the example takes from its spec.json."""
    return ModelSpec(
        name='example',
        input_size=(192, 192),
        mean=(127.5,) * 3,
        std=(127.5,) * 3,
        channel_order='rgb',
        padding=1.25,
        outputs=('center', 'heatmap', 'regression', 'offset'),
        decoder=dict(type='movenet', stride=[4, 4], distance_offset=1.8),
        keypoint_names=('nose', 'tail', 'fin'),
        skeleton_links=(),
        flip_indices=(0, 1, 2),
    )


@pytest.fixture(scope='module')
def outputs():
    rng = np.random.default_rng(2)
    return [
        rng.uniform(size=(c, 47, 47)).astype(np.float32) for c in (1, 3, 6, 6)
    ]


@pytest.fixture(scope='module')
def image():
    """RGB, smooth: its neighbours differ by 2 at most."""
    y, x = np.mgrid[:150, :200]
    return np.stack([x, 200 - x, y], -1).astype(np.uint8)


@pytest.fixture(scope='module')
def example(tmp_path_factory, strict_compiler, outputs, image):
    """Runs the example: its process, and the folder it works in."""
    folder = tmp_path_factory.mktemp('example')
    code = re.search(r'^```cpp\n(.*?)^```$', PAGE.read_text(), re.M | re.S)
    (folder / 'page.hpp').write_text(code[1])
    program = strict_compiler(
        folder / 'find_pose',
        [STAND_IN / 'main.cpp'],
        '-I',
        folder,
        '-I',
        STAND_IN,
    )
    image.tofile(folder / 'image')
    for i, tensor in enumerate(outputs):
        with open(folder / f'out{i}', 'wb') as file:
            np.array(tensor.shape, np.int32).tofile(file)
            tensor.tofile(file)

    def run(box=BOX):
        height, width = image.shape[:2]
        return subprocess.run(
            [program, *map(str, (width, height, *box))],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run, folder


def test_it_gives_the_pose_in_the_image(example, spec, outputs, image):
    run, _ = example
    done = run()
    assert done.returncode == 0, done.stderr
    found = np.loadtxt(done.stdout.splitlines())
    points, scores = decode(spec.decoder, [out[None] for out in outputs])
    _, matrix = preprocess(image[..., ::-1], spec, BOX)
    np.testing.assert_allclose(
        found[:, :2], to_image(points[0], matrix), rtol=0, atol=2e-3
    )
    np.testing.assert_array_equal(found[:, 2].astype(np.float32), scores[0])


def test_it_feeds_the_crop_that_python_feeds(example, spec, image):
    run, folder = example
    run()
    fed = np.fromfile(folder / 'input', np.float32).reshape(3, 192, 192)
    wanted, matrix = preprocess(image[..., ::-1], spec, BOX)
    # Where it samples inside of the image: the nearest pixel is half a pixel
    # away at most, and the interpolated value within 1 grey level of it.
    y, x = np.mgrid[:192, :192]
    u, v = to_image(np.stack([x, y], -1), matrix).transpose(2, 0, 1)
    inside = (u > 0) & (u < 199) & (v > 0) & (v < 149)
    assert inside.mean() > 0.5
    grey = np.abs(fed - wanted)[:, inside] * 127.5
    assert grey.max() <= 1.01


def test_an_empty_box_and_a_missing_output_are_told(example):
    run, folder = example
    done = run((5, 5, 5, 9))
    assert done.returncode == 1 and 'x1 < x2' in done.stderr
    (folder / 'out2').rename(folder / 'hidden')
    done = run()
    (folder / 'hidden').rename(folder / 'out2')
    assert done.returncode == 1 and 'regression is empty' in done.stderr
