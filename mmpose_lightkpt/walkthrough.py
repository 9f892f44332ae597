"""From nothing to a timed model: the commands that ``make demo`` runs.

Each step is a command that a user could type. It is shown, run, and its full
output kept in a log; the lines that matter are passed on as they come.
"""

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, List, NamedTuple, Sequence

CONFIG = (
    'configs/body_2d_keypoint/movenet/toy/'
    'movenet_shufflenetv2-0.75_1xb8-6e_toy-128x128.py'
)
TRAIN_LINE = r'Epoch\(train\).*|Epoch\(val\).*PixelPCK.*'
# Not the lines in which MMEngine and pycocotools tell what they load.
QUIET = r'^(?!.*(mmengine - |annotations into|index|^Loads|^Done \()).+'


class Step(NamedTuple):
    """One command: what it is for, its words, and the lines to pass on."""

    title: str
    words: Sequence[str]
    show: str = QUIET


class StepError(RuntimeError):
    """A step failed; the message names its log."""


def demo_steps(
    out: Path, num_train: int, options: Sequence[str]
) -> List[Step]:
    """The commands of the demo, in order.

    Args:
        out: folder of everything the demo makes.
        num_train: pictures of toy people to train on.
        options: ``KEY=VALUE`` overrides of the training config.
    """
    data, train, bundle = out / 'data', out / 'train', out / 'ncnn'
    best = str(train / 'best.pth')
    overrides = ['--cfg-options', *options] if options else []
    return [
        Step(
            'Draw toy people',
            ['tools/make_toy_people.py', str(data / 'toy_people')]
            + ['--num-train', str(num_train)],
            'toy people are in.*',
        ),
        Step(
            'Train (a stopped demo goes on from here)',
            ['tools/train.py', CONFIG, '--work-dir', str(train), '--resume']
            + overrides,
            TRAIN_LINE,
        ),
        Step(
            'Evaluate on toys that it has not seen',
            ['tools/test.py', CONFIG, best, '--work-dir', str(train)],
            r'^(PixelPCK|coco/AP) {2,}\S+',
        ),
        Step(
            'Export to ncnn and compare with torch',
            ['tools/export_ncnn.py', CONFIG, best, '--out', str(bundle)],
        ),
        Step(
            'Time it',
            ['tools/benchmark_ncnn.py', str(bundle), '--threads', '1', '2']
            + ['--out', str(out / 'benchmark.json')],
        ),
        Step(
            'Draw predictions',
            ['tools/draw_predictions.py', CONFIG, best]
            + ['--out', str(out / 'predictions.jpg')],
        ),
        Step(
            'Draw the curve',
            ['tools/plot_training.py', str(train)]
            + ['--out', str(out / 'curve.png')],
        ),
    ]


def run_demo(
    out: Path,
    num_train: int = 3800,
    options: Sequence[str] = (),
    say: Callable[[str], None] = print,
) -> None:
    """Run all steps; finished ones are quick to repeat.

    Args:
        out: folder of everything the demo makes.
        num_train: pictures of toy people to train on.
        options: ``KEY=VALUE`` overrides of the training config.
        say: takes each line of progress.

    Raises:
        StepError: a command failed.
    """
    (out / 'logs').mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    steps = demo_steps(out, num_train, options)
    for number, step in enumerate(steps, 1):
        minutes = (time.monotonic() - start) / 60
        say(f'\n[{number}/{len(steps)}] {step.title} ({minutes:.1f} min)')
        say('$ python ' + shlex.join(step.words))
        _run(step, out, out / 'logs' / f'{number}.log', say)
        if step.words[0] == 'tools/train.py':
            _point_to_best(out / 'train')
        if step.words[0] == 'tools/benchmark_ncnn.py':
            _keep_table(out / 'logs' / f'{number}.log', out / 'table.md')
    minutes = (time.monotonic() - start) / 60
    say(f'\nDone in {minutes:.1f} min. Look at {out}/predictions.jpg, ')
    say(f'{out}/curve.png and {out}/table.md')


def _run(step: Step, out: Path, log: Path, say: Callable[[str], None]) -> None:
    """Run one command in the repository's root, passing lines on."""
    shown = re.compile(step.show)
    environment = dict(
        os.environ, LIGHTKPT_DATA=str(out / 'data'), PYTHONWARNINGS='ignore'
    )
    with log.open('w', encoding='utf-8') as file:
        process = subprocess.Popen(
            [sys.executable, '-u', *step.words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            encoding='utf-8',
            errors='replace',
        )
        for line in process.stdout:
            file.write(line)
            match = shown.search(line)
            if match:
                say(_shorten(match.group().rstrip()))
    if process.wait():
        raise StepError(
            f'"{step.title}" failed with exit code {process.returncode}; '
            f'its output is in {log}'
        )


def _shorten(line: str) -> str:
    """Leave MMEngine's learning rates and gradient norms to the log."""
    line = re.sub(r'(base_lr|lr|grad_norm|data_time): \S+\s*', '', line)
    return re.sub(r'  +', '  ', line)


def _point_to_best(folder: Path) -> None:
    """Give the best checkpoint a name that does not hold its epoch."""
    best = max(
        folder.glob('best_PixelPCK_epoch_*.pth'),
        key=lambda path: path.stat().st_mtime,
        default=None,
    )
    if best is None:
        raise StepError(f'{folder} holds no best_PixelPCK_epoch_*.pth')
    link = folder / 'best.pth.new'
    link.unlink(missing_ok=True)
    link.symlink_to(best.name)
    link.replace(folder / 'best.pth')


def _keep_table(log: Path, table: Path) -> None:
    lines = log.read_text(encoding='utf-8').splitlines()
    rows = [line for line in lines if line.startswith('|')]
    table.write_text('\n'.join(rows) + '\n', encoding='utf-8')
