"""Measure the parity of bundles in this process, and time nothing.

``python -m mmpose_lightkpt.deploy.parity_worker REQUEST``: REQUEST is the
arguments of :func:`measure_bundles` as JSON, the answer one line of JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Sequence, Union

from .parity import ParityCase, measure_parity
from .pipeline import PosePipeline


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
