import json
import subprocess
import sys

import pytest

pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn

from test_benchmark_command import add_parity  # noqa: E402

from mmpose_lightkpt.deploy.parity_worker import (  # noqa: E402
    measure_in_child,
)
from mmpose_lightkpt.deploy.worker_process import (  # noqa: E402
    worker_environment,
)


def ask(**request):
    words = ['-m', 'mmpose_lightkpt.deploy.parity_worker']
    return subprocess.run(
        [sys.executable, *words, json.dumps(request)],
        env=worker_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_bundle_is_measured_in_each_precision(tiny_bundle):
    add_parity(tiny_bundle)
    wanted = dict(precisions=['fp32', 'bf16'], crops=2)
    done = ask(bundles=[str(tiny_bundle)], **wanted)
    found = json.loads(done.stdout)
    assert [r['precision'] for r in found] == ['fp32', 'bf16'], done.stderr
    assert all(r['passed'] and r['num_crops'] == 2 for r in found)


def test_a_bundle_that_cannot_be_measured_costs_one_line(tiny_bundle):
    done = ask(bundles=[str(tiny_bundle)], precisions=['fp32'], crops=2)
    assert done.returncode == 1 and not done.stdout
    (line,) = done.stderr.strip().splitlines()
    assert 'parity.npz' in line


def test_one_bundle_is_measured_in_a_process_of_its_own(tiny_bundle):
    add_parity(tiny_bundle)
    result = measure_in_child(tiny_bundle, 'bf16')
    assert result.passed and result.precision == 'bf16'
    assert result.num_crops == 5


def test_what_a_child_cannot_load_is_told(tiny_bundle):
    add_parity(tiny_bundle)
    (tiny_bundle / 'model.ncnn.param').write_text('7767517\n1 1\nNo no 0 0\n')
    with pytest.raises(ValueError, match='not the file that was exported'):
        measure_in_child(tiny_bundle, 'fp32')
