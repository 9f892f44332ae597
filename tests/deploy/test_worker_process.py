import subprocess
import sys

import pytest

from mmpose_lightkpt.deploy.worker_process import end_of, worker_environment

# An engine prints by the C library, before and after it is asked, and what
# is still in that library's buffer comes when the process ends.
CODE = """
import ctypes
from mmpose_lightkpt.deploy.worker_process import claim_stdout
answers = claim_stdout()
print('python noise')
c = ctypes.CDLL(None)
c.puts(b'engine noise')
answers.write('the answer\\n')
answers.flush()
c.puts(b'last words')
"""


def test_the_output_holds_the_answers_and_nothing_else():
    done = subprocess.run(
        [sys.executable, '-c', CODE],
        env=worker_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == 'the answer\n'
    for noise in ('python noise', 'engine noise', 'last words'):
        assert noise in done.stderr


@pytest.mark.parametrize(
    'returncode, told',
    [(3, 'code 3'), (-11, 'SIGSEGV'), (-9, 'SIGKILL'), (-199, 'signal 199')],
)
def test_the_end_of_a_process_is_told_by_name(returncode, told):
    assert end_of(returncode) == told
