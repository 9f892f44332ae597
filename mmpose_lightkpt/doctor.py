"""Print the stack and, for each thing wrong with it, the mending command.

``python -m mmpose_lightkpt.doctor`` looks at what training needs, ``--board``
only at what a board needs (numpy and ncnn). It ends with code 1 if something
is wrong. The findings are :mod:`.diagnosis`'s.
"""

import argparse
import importlib.util
import os
import platform
import re
import sys
from pathlib import Path
from typing import List, Optional, Sequence

from .diagnosis import Versions, diagnose, diagnose_board, installed_versions


def torch_build() -> str:
    """For which CUDA torch is built, read without importing it."""
    spec = importlib.util.find_spec('torch')
    if spec is None or spec.origin is None:
        return '-'
    path = Path(spec.origin).with_name('version.py')
    text = path.read_text() if path.is_file() else ''
    cuda = re.search(r"^cuda\b.*= '([\d.]+)'", text, re.MULTILINE)
    return f'CUDA {cuda[1]}' if cuda else 'CPU'


def cpu_name() -> str:
    """Name of the processor; nothing of ours is imported that needs numpy."""
    path = Path('/proc/cpuinfo')
    text = path.read_text() if path.is_file() else ''
    name = re.search(r'^model name\s*: (.*)', text, re.MULTILINE)
    return name[1] if name else platform.processor() or platform.machine()


def describe(versions: Versions) -> List[str]:
    """The stack, one line per part."""
    ops = '-'
    if versions['mmcv']:
        ops = 'compiled'
    elif versions['mmcv-lite']:
        ops = 'stand-ins that fail when used; nms in plain torch'
    system = f'{platform.system()} {platform.release()} {platform.machine()}'
    lines = [
        ('python', platform.python_version()),
        ('system', system),
        ('cpu', f'{cpu_name()}, {os.cpu_count()} cores'),
        *((name, version or '-') for name, version in versions.items()),
        ('torch is built for', torch_build()),
        ('mmcv.ops', ops),
    ]
    return [f'{name:24}{value}' for name, value in lines]


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Print the report; 1 if something is wrong, else 0."""
    parser = argparse.ArgumentParser(
        prog='python -m mmpose_lightkpt.doctor',
        description='Print the stack and what is wrong with it.',
    )
    parser.add_argument(
        '--board',
        action='store_true',
        help='check only what running an exported model needs',
    )
    args = parser.parse_args(argv)
    versions = installed_versions()
    print('\n'.join(describe(versions)))
    check = diagnose_board if args.board else diagnose
    problems = check(versions)
    for what, mend in problems:
        print(f'\nwrong: {what}\n mend: {mend}')
    purpose = 'a board' if args.board else 'training'
    if not problems:
        print(f'\nEverything that {purpose} needs is there and works.')
    return int(bool(problems))


if __name__ == '__main__':
    sys.exit(main())
