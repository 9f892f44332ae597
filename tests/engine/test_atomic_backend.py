import os
import resource
from contextlib import contextmanager

import numpy as np
import pytest

pytest.importorskip('mmpose')
from mmengine.fileio import LocalBackend, get_file_backend  # noqa: E402
from mmengine.runner import save_checkpoint  # noqa: E402

import mmpose_lightkpt  # noqa: E402, F401 - registers the backend

pytestmark = pytest.mark.mmpose
ATOMIC = dict(backend='atomic')


@contextmanager
def disk_full_after(num_bytes):
    """No file may grow beyond this: writing on fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def put(data, path):
    get_file_backend(path, backend_args=ATOMIC).put(data, path)


def test_what_is_put_is_there_and_nothing_else(tmp_path):
    path = tmp_path / 'new' / 'folder' / 'file'
    put(b'first', path)
    put(b'second', path)
    assert path.read_bytes() == b'second'
    assert list(path.parent.iterdir()) == [path]


def test_a_file_has_the_rights_a_plain_write_gives(tmp_path):
    put(b'', tmp_path / 'ours')
    LocalBackend().put(b'', tmp_path / 'plain')
    modes = [(tmp_path / n).stat().st_mode for n in ('ours', 'plain')]
    assert modes[0] == modes[1]


@pytest.mark.parametrize('before', [None, b'the old content'])
def test_a_full_disk_leaves_what_was_there_and_names_the_file(
    tmp_path, before
):
    path = tmp_path / 'epoch_7.pth'
    if before:
        path.write_bytes(before)
    full = pytest.raises(OSError, match='epoch_7.pth')
    with disk_full_after(10_000), full as error:
        put(b'x' * 20_000, path)
    assert '20,000 bytes' in str(error.value)
    assert os.listdir(tmp_path) == (['epoch_7.pth'] if before else [])
    if before:
        assert path.read_bytes() == before


def test_a_checkpoint_on_a_full_disk_is_not_half_saved(tmp_path):
    checkpoint = dict(weights=np.zeros(9973))
    path = str(tmp_path / 'epoch_7.pth')
    with disk_full_after(10_000):
        with pytest.raises(OSError, match='epoch_7.pth'):
            save_checkpoint(checkpoint, path, backend_args=ATOMIC)
        assert not os.listdir(tmp_path)
        with pytest.raises(OSError):
            save_checkpoint(checkpoint, path)
    assert os.listdir(tmp_path), 'MMEngine alone no longer needs this backend'


def test_what_a_killed_process_left_is_replaced(tmp_path):
    (tmp_path / '.file.tmp').write_bytes(b'half of some')
    put(b'whole', tmp_path / 'file')
    assert os.listdir(tmp_path) == ['file']
