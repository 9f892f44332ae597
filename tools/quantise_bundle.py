"""Add an int8 network to a bundle, and say how far its keypoints move.

All work is in mmpose_lightkpt.deploy.int8, and for ncnn in int8_ncnn; torch
is not needed. Without --ncnn-tools it is for ONNX Runtime and OpenVINO, and
the bundle needs model.onnx (tools/export_ncnn.py --onnx). Examples:

  python tools/quantise_bundle.py work_dirs/exported --images crops/
  python tools/quantise_bundle.py work_dirs/exported --ncnn-tools ncnn/bin
"""

import argparse
import os
import sys

os.environ.setdefault('LIGHTKPT_REGISTER', '0')  # no MMPose is needed

from mmpose_lightkpt.deploy.int8 import MAX_IMAGES, price, quantise_bundle  # noqa: E402
from mmpose_lightkpt.deploy.int8_ncnn import quantise_for_ncnn  # noqa: E402


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('bundle', help='a folder that tools/export_ncnn.py wrote')
    help = "folder to calibrate on (default: the parity case's own crops)"
    add('--images', metavar='DIR', help=help)
    help = 'at most (default: %(default)s)'
    add('--max-images', type=int, default=MAX_IMAGES, metavar='N', help=help)
    help = 'leave the last layer before each output in float'
    add('--float-outputs', action='store_true', help=help)
    help = 'make it for ncnn, with ncnn2table and ncnn2int8 in this folder'
    add('--ncnn-tools', metavar='DIR', help=help)
    args = parser.parse_args()
    if args.ncnn_tools and args.float_outputs:
        parser.error('--float-outputs and --ncnn-tools do not go together')
    return args


def main() -> int:
    """Quantise, compare and print; 0 also where int8 is over the bound."""
    args = parse_args()
    bundle, choice = args.bundle, (args.images, args.max_images)
    try:
        if args.ncnn_tools:
            facts = quantise_for_ncnn(bundle, args.ncnn_tools, *choice)
            print(price(bundle, facts, 'ncnn'))
        else:
            facts = quantise_bundle(bundle, *choice, args.float_outputs)
            print(price(bundle, facts, 'onnxruntime'))
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f'error: {error}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
