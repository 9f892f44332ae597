"""Turn Google's MoveNet (TFLite) into a checkpoint to test, train and export.

Lightning and Thunder, SinglePose, as int8, float16 or float32 files. All work
is in mmpose_lightkpt.movenet_import. Example:

  python tools/import_movenet.py lightning.tflite --out lightning.pth
  python tools/test.py configs/body_2d_keypoint/movenet/coco/\\
movenet_mobilenetv2_1xb32-28e_coco-192x192.py lightning.pth
"""

import argparse
import sys
from pathlib import Path


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    told = "the file, as Google's model pages give it"
    add('file', type=Path, metavar='FILE.tflite', help=told)
    told = 'checkpoint to write (.pth)'
    add('--out', type=Path, required=True, metavar='CKPT', help=told)
    add(
        '--no-data',
        action='store_true',
        help='do without photographs: neither calibrate the batch '
        "normalisations nor compare with TFLite's interpreter",
    )
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmpose_lightkpt.movenet_import import import_movenet

    counts = dict(num_calibrate=0, num_compare=0) if args.no_data else {}
    try:
        found = import_movenet(args.file, args.out, **counts)
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f'error: {error}')
    if found.shifts.size:
        print(found.describe())
    print(f'{args.out}\nits config: {found.config}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
