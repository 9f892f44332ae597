"""Each workaround works, is off where it is not needed, and opens no hole."""

import io
import os
import pickle
import socket
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip('torch')
pytest.importorskip('mmengine')

from mmpose_lightkpt import compat  # noqa: E402

pytestmark = pytest.mark.mmpose
ROOT = Path(compat.__file__).parents[1]


def run_child(code, path=(), **env):
    """Run Python with ``path`` before everything; return the result."""
    paths = os.pathsep.join([*map(str, path), str(ROOT)])
    return subprocess.run(
        [sys.executable, '-W', 'default', '-c', code],
        env=dict(os.environ, PYTHONPATH=paths, OMP_NUM_THREADS='1', **env),
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def ops():
    """mmcv.ops on the stand-in; skips beside a full mmcv."""
    compat.apply()
    if hasattr(sys.modules['mmcv._ext'], '__file__'):
        pytest.skip('a full mmcv is installed')
    return pytest.importorskip('mmcv.ops')


def naive_nms(boxes, scores, threshold, offset):
    """Textbook form: drop a box as soon as one kept box overlaps it."""
    kept = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        for j in kept:
            sides = [
                min(boxes[i][a + 2], boxes[j][a + 2])
                - max(boxes[i][a], boxes[j][a])
                + offset
                for a in (0, 1)
            ]
            areas = [
                (b[2] - b[0] + offset) * (b[3] - b[1] + offset)
                for b in (boxes[i], boxes[j])
            ]
            shared = max(sides[0], 0) * max(sides[1], 0)
            if shared / (sum(areas) - shared) > threshold:
                break
        else:
            kept.append(i)
    return kept


def random_boxes(seed, count=61):
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 40, (count, 2))
    boxes = np.hstack([corners, corners + rng.uniform(1, 30, (count, 2))])
    return boxes, rng.permutation(count) / count


@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('threshold', [0.1, 0.5, 0.9])
@pytest.mark.parametrize('seed', range(5))
def test_nms_keeps_what_the_textbook_form_keeps(seed, threshold, offset):
    boxes, scores = random_boxes(seed)
    kept = compat.nms(
        torch.tensor(boxes), torch.tensor(scores), threshold, offset=offset
    )
    assert kept.tolist() == naive_nms(boxes, scores, threshold, offset)


def test_nms_of_nothing_is_nothing():
    kept = compat.nms(torch.zeros(0, 4), torch.zeros(0), 0.5)
    assert kept.shape == (0,) and kept.dtype == torch.int64


def test_mmcv_nms_uses_the_stand_in(ops):
    boxes, scores = random_boxes(11)
    dets, kept = ops.nms(boxes, scores, 0.4, offset=1)
    assert kept.tolist() == naive_nms(boxes, scores, 0.4, 1)
    np.testing.assert_array_equal(dets[:, 4], scores[kept])


def test_batched_nms_lets_classes_alone(ops):
    boxes, scores = random_boxes(12)
    classes = np.arange(len(boxes)) % 3
    _, kept = ops.batched_nms(
        torch.tensor(boxes),
        torch.tensor(scores),
        torch.tensor(classes),
        dict(type='nms', iou_threshold=0.3),
    )
    expected = set()
    for label in range(3):
        members = np.flatnonzero(classes == label)
        inner = naive_nms(boxes[members], scores[members], 0.3, 0)
        expected |= set(members[inner].tolist())
    assert set(kept.tolist()) == expected
    assert (np.diff(scores[kept]) < 0).all()


def test_a_missing_operator_fails_when_used_and_says_how_to_get_it(ops):
    with pytest.raises(NotImplementedError) as error:
        ops.roi_align(torch.rand(1, 2, 7, 5), torch.rand(3, 5), 2)
    assert 'roi_align_forward' in str(error.value)
    assert 'mmcv==2.1.0' in str(error.value)


def test_the_stand_in_does_not_pose_as_compiled_operators(ops):
    from mmcv.utils.env import collect_env
    from mmcv.utils.ext_loader import check_ops_exist
    from mmengine.utils.dl_utils import mmcv_full_available

    assert not check_ops_exist() and not mmcv_full_available()
    assert 'mmcv-lite' in collect_env()['MMCV Compiler']


def test_a_full_mmcv_is_left_alone(tmp_path):
    (tmp_path / 'mmcv').mkdir()
    (tmp_path / 'mmcv' / '__init__.py').touch()
    (tmp_path / 'mmcv' / '_ext.py').write_text('real = True')
    code = (
        'import os; os.environ["LIGHTKPT_REGISTER"] = "0"\n'
        'from mmpose_lightkpt import compat\n'
        'assert not compat.stand_in_for_mmcv_ops()\n'
        'import mmcv._ext; assert mmcv._ext.real\n'
    )
    child = run_child(code, [tmp_path])
    assert child.returncode == 0, child.stderr


def test_applying_twice_changes_nothing_more():
    compat.apply()
    extension = sys.modules.get('mmcv._ext')
    again = compat.apply()
    assert not again['declare_torchvision_ops']
    assert not again['stand_in_for_mmcv_ops']
    assert not again['start_distributed_without_cuda']
    assert sys.modules.get('mmcv._ext') is extension


@pytest.mark.parametrize('loads', [True, False])
def test_torchvision_is_mended_only_if_its_library_does_not_load(loads):
    pytest.importorskip('torchvision')

    def load_library(path):
        if not loads:
            raise OSError(path)

    ops = types.SimpleNamespace(
        torchvision=object(), load_library=load_library
    )
    fake = types.SimpleNamespace(ops=ops)
    assert compat._torchvision_loads_its_ops(fake) == loads


def save_and_load(value):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file)


def test_checkpoints_of_mmengine_load():
    from mmengine.logging import HistoryBuffer

    compat.allow_checkpoint_types()
    history = HistoryBuffer([3.0, 5.0], [1, 1])
    kept = dict(
        history=history,
        best=np.float32(0.25),
        epoch=np.int64(7),
        sigmas=np.array([[0.5, 2.0]]),
        flags=np.array([True, False]),
        names=np.array(['nose', 'ear']),
    )
    back = save_and_load(kept)
    assert back['history'].mean() == history.mean() == 4.0
    assert back['history'].statistics('min') == 3.0
    assert (back['best'], back['epoch']) == (0.25, 7)
    for name in ('sigmas', 'flags', 'names'):
        np.testing.assert_array_equal(back[name], kept[name])


def test_checkpoints_written_under_the_other_numpy_load():
    from torch import _weights_only_unpickler as unpickler

    compat.allow_checkpoint_types()
    for value in (np.float64(1.5), np.arange(3.0)):
        data = pickle.dumps(value, protocol=2)
        older = data.replace(b'numpy._core', b'numpy.core')
        newer = older.replace(b'numpy.core', b'numpy._core')
        for text in (older, newer):
            back = unpickler.load(io.BytesIO(text), encoding='utf-8')
            np.testing.assert_array_equal(back, value)


class Runs:
    """Pickles as a call of ``function``."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    'attack',
    [
        Runs(os.getenv, 'HOME'),
        Runs(getattr, np.ndarray, 'tofile'),
        Runs(getattr, np.ndarray, 'min'),
        Runs(eval, '1'),
    ],
    ids=['os', 'getattr', 'getattr-same-name', 'eval'],
)
def test_safe_loading_stays_on(attack):
    compat.allow_checkpoint_types()
    with pytest.raises(pickle.UnpicklingError):
        save_and_load(dict(state_dict={}, meta=attack))


def test_old_torch_needs_no_list_of_types(monkeypatch):
    monkeypatch.setattr(torch, '__version__', '2.5.1+cpu')
    assert not compat.allow_checkpoint_types()


TWO_PROCESSES = """
import os, torch
from mmpose_lightkpt import compat
compat.apply()
from mmengine.dist import all_reduce, collect_results, init_dist
from mmengine.model import MMDistributedDataParallel
init_dist('pytorch', backend='gloo')
rank = int(os.environ['RANK'])
model = torch.nn.Linear(3, 1, bias=False)
model.weight.data.fill_(1.)
model = MMDistributedDataParallel(
    module=model, device_ids=[rank], broadcast_buffers=False)
model.module(torch.ones(1, 3))
torch.nn.parallel.DistributedDataParallel.forward(
    model, torch.full((1, 3), float(rank + 1))).sum().backward()
assert model.module.weight.grad.tolist() == [[1.5] * 3]
found = collect_results([rank, rank + 10], 4, device='cpu')
assert rank or sorted(found) == [0, 1, 10, 11], found
torch.distributed.destroy_process_group()
"""


@pytest.mark.skipif(torch.cuda.is_available(), reason='this machine has CUDA')
def test_two_processes_share_gradients_and_results_without_cuda():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = str(probe.getsockname()[1])
    env = dict(
        os.environ,
        PYTHONPATH=str(ROOT),
        LIGHTKPT_REGISTER='0',
        OMP_NUM_THREADS='1',
        WORLD_SIZE='2',
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=port,
    )
    children = [
        subprocess.Popen(
            [sys.executable, '-W', 'ignore', '-c', TWO_PROCESSES],
            env=dict(env, RANK=rank, LOCAL_RANK=rank),
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in '01'
    ]
    errors = [child.communicate(timeout=120)[1] for child in children]
    assert [c.returncode for c in children] == [0, 0], errors


@pytest.mark.skipif(torch.cuda.is_available(), reason='this machine has CUDA')
def test_nccl_without_cuda_names_the_backend_to_use():
    from mmengine.dist import utils

    compat.start_distributed_without_cuda()
    with pytest.raises(ValueError, match='gloo'):
        utils._init_dist_pytorch('nccl')


def test_nothing_is_imported_when_registration_is_off():
    code = (
        'import sys, mmpose_lightkpt, mmpose_lightkpt.deploy\n'
        'assert not mmpose_lightkpt.MMPOSE_READY\n'
        'heavy = {"torch", "mmpose", "mmcv", "mmengine"} & set(sys.modules)\n'
        'assert not heavy, heavy\n'
    )
    child = run_child(code, LIGHTKPT_REGISTER='0')
    assert child.returncode == 0, child.stderr


def test_a_broken_mmpose_gives_one_warning_that_names_the_doctor(tmp_path):
    (tmp_path / 'mmpose').mkdir()
    (tmp_path / 'mmpose' / '__init__.py').write_text('raise OSError("torn")')
    code = (
        'import warnings\n'
        'with warnings.catch_warnings(record=True) as seen:\n'
        '    import mmpose_lightkpt\n'
        'ours = [str(w.message) for w in seen if "doctor" in str(w.message)]\n'
        'assert len(ours) == 1 and "torn" in ours[0], ours\n'
        'assert not mmpose_lightkpt.MMPOSE_READY\n'
        'import mmpose_lightkpt.functional\n'
    )
    child = run_child(code, [tmp_path])
    assert child.returncode == 0, child.stderr
