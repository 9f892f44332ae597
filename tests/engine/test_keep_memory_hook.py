"""What the C library does with freed memory, in a process of its own."""

import json
import platform
import subprocess
import sys

import pytest

pytest.importorskip('mmpose')

pytestmark = pytest.mark.mmpose
PAGES = 64 * 2**20 // 4096
SCRIPT = """
import json, resource
from types import SimpleNamespace
import torch
from mmpose_lightkpt.engine import KeepMemoryHook

def faults():
    for _ in range(8):  # a heap that grows settles within a few
        torch.ones(2 ** 24).sum()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(16):
        torch.ones(2 ** 24).sum()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 16

def train_on(device):
    layer = torch.nn.Linear(1, 1, device=device)
    KeepMemoryHook().before_train(SimpleNamespace(model=layer))
    return faults()

print(json.dumps([faults(), train_on('meta'), train_on('cpu')]))
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != 'glibc', reason='needs glibc: what it mends'
)
def test_a_tensor_of_64_mib_is_given_the_pages_of_the_one_before():
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', SCRIPT],
        capture_output=True,
        text=True,
        check=True,
    )
    stock, elsewhere, kept = json.loads(done.stdout.splitlines()[-1])
    # With huge pages a fault would bring 512 of these at once.
    assert stock >= PAGES / 512
    assert elsewhere >= PAGES / 512, 'a model elsewhere changes nothing'
    assert kept < PAGES / 512
