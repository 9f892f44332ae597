"""Add an int8 network to a bundle, and say how far its keypoints move.

All work is in mmpose_lightkpt.deploy.int8. The bundle needs model.onnx
(tools/export_ncnn.py --onnx); torch is not needed. Example:

  python tools/quantise_bundle.py work_dirs/exported --images crops/
"""

import argparse
import os
import sys

os.environ.setdefault('LIGHTKPT_REGISTER', '0')  # no MMPose is needed

from mmpose_lightkpt.deploy import PosePipeline  # noqa: E402
from mmpose_lightkpt.deploy.int8 import MAX_IMAGES, quantise_bundle  # noqa: E402
from mmpose_lightkpt.deploy.parity import ParityCase, parity_table  # noqa: E402
from mmpose_lightkpt.deploy.parity import measure_parity as measure  # noqa: E402


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('bundle')
    help = "folder to calibrate on (default: the parity case's own crops)"
    add('--images', metavar='DIR', help=help)
    help = 'at most (default: %(default)s)'
    add('--max-images', type=int, default=MAX_IMAGES, metavar='N', help=help)
    help = 'leave the last layer before each output in float'
    add('--float-outputs', action='store_true', help=help)
    return parser.parse_args()


def main() -> int:
    """Quantise, compare and print; 0 also where int8 is over the bound."""
    args = parse_args()
    try:
        facts = quantise_bundle(
            args.bundle, args.images, args.max_images, args.float_outputs
        )
        case = ParityCase.load(args.bundle)
        pipelines = [
            PosePipeline.from_bundle(args.bundle, 1, p, 'onnxruntime')
            for p in ('fp32', 'int8')
        ]
        results = [measure(pipeline, case) for pipeline in pipelines]
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f'error: {error}')
    print(f'Calibrated on {facts["calibration"]}')
    print(f'\nParity with torch on {case.source}\n\n{parity_table(results)}')
    if facts['judged_by_them']:
        print('\nThese crops were calibrated on: others may move further.')
    return 0


if __name__ == '__main__':
    sys.exit(main())
