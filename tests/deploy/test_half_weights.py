import shutil

import numpy as np
import pytest

from mmpose_lightkpt.deploy.half_weights import half_weights
from mmpose_lightkpt.deploy.runtimes.ncnn import (
    BIN_FILE,
    FP16_BIN_FILE,
    PARAM_FILE,
)

pytest.importorskip('pnnx')
ncnn = pytest.importorskip('ncnn')
torch = pytest.importorskip('torch')
pytestmark = pytest.mark.ncnn

from mmpose_lightkpt.deploy.pnnx import convert  # noqa: E402

SMALLEST_NORMAL = 2.0**-14
SIZE = (29, 23)


def converted(folder, module):
    """pnnx's two weight files of a module, and its graph."""
    width, height = SIZE
    image = torch.zeros(1, 3, height, width)
    torch.jit.trace(module.eval(), image).save(str(folder / 'net.pt'))
    for half, name in ((True, FP16_BIN_FILE), (False, BIN_FILE)):
        done = convert(folder / 'net.pt', SIZE, half)
        done.bin.replace(folder / name)
    done.param.replace(folder / PARAM_FILE)
    return folder


def run(folder, weights, image):
    """Real ncnn, in float32 arithmetic."""
    net = ncnn.Net()
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = False
    net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
    assert net.load_param(str(folder / PARAM_FILE)) == 0
    assert net.load_model(str(folder / weights)) == 0
    with net.create_extractor() as extractor:
        extractor.input('in0', ncnn.Mat(image).clone())
        code, out = extractor.extract('out0')
    assert code == 0
    return np.array(out)


def rewritten(folder):
    (folder / 'ours.bin').write_bytes(half_weights(folder))
    return 'ours.bin'


def pointwise(weights):
    """A convolution (O, 3) whose weights show at a pixel of one colour."""
    module = torch.nn.Conv2d(3, len(weights), 1)
    module.weight.data[..., 0, 0] = torch.from_numpy(weights)
    module.bias.data.zero_()
    return module


def seen_weights(folder, name):
    image = np.zeros((3, *SIZE[::-1]), np.float32)
    image[[0, 1, 2], 0, [0, 1, 2]] = 1
    return run(folder, name, image)[:, 0, :3]


def test_small_weights_reach_ncnn(tmp_path):
    """Rounded as IEEE 754 has it: by 2^-11 of the weight, or by 2^-25."""
    rng = np.random.default_rng(5)
    weights = rng.normal(0, SMALLEST_NORMAL / 3, (411, 3)).astype(np.float32)
    weights[0] = 0.75, -1e-7, 0
    folder = converted(tmp_path, pointwise(weights))
    seen = seen_weights(folder, rewritten(folder))
    error = np.abs(seen - weights)
    assert (error <= np.maximum(np.abs(weights) * 2**-11, 2**-25)).all()
    assert error.max() > 0  # they are halves
    # What there was to mend.
    lost = seen_weights(folder, FP16_BIN_FILE)
    assert (lost[np.abs(weights) < 0.99 * SMALLEST_NORMAL] == 0).all()


@pytest.mark.parametrize(
    'scale, outputs',
    [(0.1, 341), (2e5, 401)],
    ids=['few weights', 'too large for a half'],
)
def test_what_stays_in_float_is_exact(tmp_path, scale, outputs):
    rng = np.random.default_rng(6)
    weights = rng.normal(0, scale, (outputs, 3)).astype(np.float32)
    folder = converted(tmp_path, pointwise(weights))
    seen = seen_weights(folder, rewritten(folder))
    np.testing.assert_array_equal(seen, weights)


class ManyKinds(torch.nn.Module):
    """Arrays with and without tag, of odd and even sizes, in one file."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 13, 3, padding=1)
        self.slope = torch.nn.PReLU(13)
        self.depthwise = torch.nn.Conv2d(13, 13, 3, padding=1, groups=13)
        self.up = torch.nn.ConvTranspose2d(13, 31, 3)
        self.rows = torch.nn.Linear(31 * 25, 37)  # a Gemm
        self.last = torch.nn.Linear(37 * 31, 41)  # an InnerProduct

    def forward(self, x):
        x = self.up(self.depthwise(self.slope(self.first(x))))
        return self.last(self.rows(x.flatten(2)).flatten(1))


def test_the_network_is_the_same(tmp_path):
    torch.manual_seed(7)
    module = ManyKinds()
    folder = converted(tmp_path, module)
    layers = (folder / PARAM_FILE).read_text()
    assert 'Gemm' in layers and 'InnerProduct' in layers
    image = np.random.default_rng(7).normal(size=(3, *SIZE[::-1]))
    image = image.astype(np.float32)
    expected = module(torch.from_numpy(image)[None])[0].detach().numpy()
    floats = run(folder, BIN_FILE, image)
    np.testing.assert_allclose(floats, expected, atol=1e-4)
    halves = run(folder, rewritten(folder), image)
    error = np.abs(halves - expected).max()
    assert 0 < error < 1e-3 * np.abs(expected).max()
    size = (folder / 'ours.bin').stat().st_size
    assert size < 0.6 * (folder / BIN_FILE).stat().st_size


def test_files_of_two_networks_are_refused(tmp_path):
    rng = np.random.default_rng(8)
    for name, outputs in (('one', 401), ('other', 403)):
        (tmp_path / name).mkdir()
        weights = rng.normal(size=(outputs, 3)).astype(np.float32)
        converted(tmp_path / name, pointwise(weights))
    shutil.copy(tmp_path / 'other' / BIN_FILE, tmp_path / 'one' / BIN_FILE)
    with pytest.raises(ValueError, match='not the same weights'):
        half_weights(tmp_path / 'one')


def test_a_graph_with_unknown_weights_keeps_its_file(tmp_path):
    folder = converted(tmp_path, pointwise(np.ones((401, 3), np.float32)))
    param = folder / PARAM_FILE
    param.write_text(param.read_text() + 'GRU gru 0 1 h 0=8 1=64\n')
    assert half_weights(folder) == (folder / FP16_BIN_FILE).read_bytes()
