"""Measure the parity of bundles in this process, and time nothing.

``python -m mmpose_lightkpt.deploy.parity_worker REQUEST``: REQUEST is the
arguments of :func:`measure_bundles` as JSON, the answer one line of JSON.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Sequence, Union

from .parity import ParityResult, measure_parity
from .parity_case import ParityCase
from .pipeline import PosePipeline
from .worker_process import end_of, worker_environment


def measure_bundles(
    bundles: Sequence[Union[str, Path]], precisions: Sequence[str], crops: int
) -> List[Dict[str, Any]]:
    """Parity of each bundle in each precision, on the processor at hand.

    Args:
        bundles: their folders.
        precisions: see :data:`~.runtimes.PRECISIONS`.
        crops: how many of each bundle's crops are compared, >= 1.

    Returns:
        ``ParityResult.to_dict()`` of each, bundle by bundle.

    Raises:
        FileNotFoundError, ValueError: a bundle cannot be loaded or compared.
    """
    results = []
    for bundle in bundles:
        case = ParityCase.load(bundle).first(crops)
        for precision in precisions:
            pipeline = PosePipeline.from_bundle(bundle, 1, precision)
            results.append(measure_parity(pipeline, case).to_dict())
    return results


def measure_in_child(folder: Union[str, Path], precision: str) -> ParityResult:
    """Parity of one bundle, in a process of its own: an engine may crash.

    Raises:
        ValueError: it did, or the bundle cannot be loaded or compared.
    """
    crops = len(ParityCase.load(folder).crops)
    request = dict(bundles=[str(folder)], precisions=[precision], crops=crops)
    done = subprocess.run(
        [sys.executable, '-m', __name__, json.dumps(request)],
        env=worker_environment(),
        capture_output=True,
        text=True,
        errors='replace',
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        if done.returncode == 1 and said:
            raise ValueError(said[-1])
        raise ValueError(f'the process ended with {end_of(done.returncode)}')
    return ParityResult(**json.loads(done.stdout.splitlines()[-1])[0])


def main() -> int:
    """Answer the request; exit with 1 and one line if that fails."""
    try:
        answer = measure_bundles(**json.loads(sys.argv[1]))
    except (ValueError, OSError, ImportError) as error:
        sys.stderr.write(f'{error}\n')
        return 1
    sys.stdout.write(json.dumps(answer) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
