"""Whether ncnn can load and run what pnnx wrote, and which line it rejects.

ncnn tells its reasons on stderr only and may crash on a bad graph, so the
trial runs in a child process: ``python -m mmpose_lightkpt.deploy.loadable
PARAM BIN WIDTH HEIGHT``.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Optional, Tuple

import numpy as np

from .runtimes.ncnn import foreign_layers

_REJECTED = 3  # exit code of a child that found a bad line
_CHILD = ['-m', __name__]


def first_rejected_line(param_text: str) -> Optional[int]:
    """Number of the line (from 1) at which ncnn stops loading, or None.

    A graph whose first n layers load is a graph; the smallest n that does
    not is found by bisection.
    """
    import ncnn

    lines = param_text.splitlines()
    blobs = lines[1].split()[1]
    layers = [line for line in lines[2:] if line.strip()]

    def loads(count: int) -> bool:
        head = [lines[0], f'{count} {blobs}']
        text = '\n'.join(head + layers[:count]) + '\n'
        return ncnn.Net().load_param_mem(text) == 0

    if loads(len(layers)):
        return None
    low, high = 0, len(layers)  # `low` layers load, `high` do not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if loads(middle) else (low, middle)
    return high + 2


def _try_in_this_process(
    param: str, weights: str, width: int, height: int
) -> int:
    import ncnn

    text = Path(param).read_text('utf-8')
    line = first_rejected_line(text)
    if line is not None:
        words = ' '.join(text.splitlines()[line - 1].split()[:2])
        sys.stdout.write(f'line {line}: {words}')
        return _REJECTED
    net = ncnn.Net()
    if net.load_param(param) != 0 or net.load_model(weights) != 0:
        sys.stdout.write(f'the weights in {Path(weights).name}')
        return _REJECTED
    x = np.zeros((3, height, width), np.float32)
    mat = ncnn.Mat(x).clone()
    with net.create_extractor() as extractor:
        extractor.input(net.input_names()[0], mat)
        for blob in net.output_names():
            if extractor.extract(blob)[0] != 0:
                sys.stdout.write(f'the computation of {blob}')
                return _REJECTED
    return 0


def check_loadable(
    param: Path, weights: Path, input_size: Tuple[int, int]
) -> None:
    """Load the files and run them once, in a child process.

    Raises:
        ValueError: naming the layer and the line of the param file that ncnn
            rejects, with ncnn's own messages.
    """
    root = str(Path(__file__).resolve().parents[2])
    path = os.environ.get('PYTHONPATH')
    env = dict(
        os.environ,
        LIGHTKPT_REGISTER='0',
        PYTHONPATH=os.pathsep.join([root, path] if path else [root]),
    )
    arguments = [str(param), str(weights), *map(str, input_size)]
    done = subprocess.run(
        [sys.executable, *_CHILD, *arguments],
        env=env,
        capture_output=True,
        text=True,
        errors='replace',
        check=False,
    )
    if done.returncode == 0:
        return
    if done.returncode == _REJECTED:
        cause = f'ncnn rejects {done.stdout}'
    else:
        cause = f'ncnn crashed (exit code {done.returncode})'
    foreign = foreign_layers(param.read_text('utf-8', errors='replace'))
    if foreign:
        cause += f'; layers ncnn does not have: {", ".join(foreign)}'
    said = ' | '.join(done.stderr.strip().splitlines()[-3:])
    raise ValueError(
        f'{param.name}: {cause}. Only what ncnn has may be in '
        'head.forward: decode (argmax, top-k, indexing) outside of it. '
        f'ncnn said: {said}'
    )


if __name__ == '__main__':
    sys.exit(
        _try_in_this_process(
            sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
        )
    )
