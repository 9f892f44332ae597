"""Write the tables of README.md and docs/model_zoo.md from docs/results/.

All work is in mmpose_lightkpt.evaluation.model_table. Example:

  python tools/make_model_table.py --check
"""

import argparse
import sys
from pathlib import Path


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--check',
        action='store_true',
        help='write nothing; exit code 1 if a table is out of date',
    )
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmpose_lightkpt.evaluation.model_table import update_documents

    root = Path(__file__).resolve().parents[1]
    try:
        outdated = update_documents(root, write=not args.check)
    except (ValueError, OSError) as error:
        sys.exit(f'error: {error}')
    for path in outdated:
        state = 'out of date' if args.check else 'written'
        print(f'{state}: {path.relative_to(root)}')
    return int(args.check and bool(outdated))


if __name__ == '__main__':
    sys.exit(main())
