"""The few lines of a step's output that its user wants to see."""

import re
import time
from typing import Callable, Optional

__all__ = ['Progress']

_TRAIN = re.compile(
    r'Epoch\(train\) +\[(?P<epoch>\d+)\]\[ *(?P<iter>\d+)/(?P<of>\d+)\]'
    r'.*?eta: (?P<eta>(\d+ days?, )?[\d:]+).*?\bloss: (?P<loss>\S+)'
)
_TIMED = re.compile(r'^\[(\d+/\d+)\] (.+)')
_PARITY = re.compile(r'^\| (fp32|fp16|bf16) .*\| (pass|FAIL) \|$')
# Of warnings, progress bars and blank lines nobody learns why it failed.
_NOISE = re.compile(r'^\s*$|Warning|^\[[> ]+\]')


class Progress:
    """Pass on a line now and then, and remember the last that said something.

    Args:
        prefix: of every line, '[3/9] rle'.
        epochs: of the training.
        metric: the figure of a test to show.
        say: takes each line.
        every: seconds between two lines of one epoch.
    """

    def __init__(
        self,
        prefix: str,
        epochs: int,
        metric: str,
        say: Callable[[str], None],
        every: float = 60.0,
    ) -> None:
        self.prefix, self.epochs, self.metric = prefix, epochs, metric
        self.say, self.every = say, every
        self.last = ''
        self._epoch, self._said = '', 0.0

    def __call__(self, line: str) -> None:
        """Take one line of output."""
        if not _NOISE.search(line):
            self.last = line.strip()
        shown = self._shown(line)
        if shown:
            self.say(f'{self.prefix}: {shown}')

    def _shown(self, line: str) -> Optional[str]:
        train, timed = _TRAIN.search(line), _TIMED.search(line)
        if train:
            return self._training(train)
        if timed:
            return f'benchmark {timed[1]} {timed[2]}'
        if line.startswith(f'{self.metric} '):
            return 'test ' + ' '.join(line.split())
        if _PARITY.search(line):
            cells = [cell.strip() for cell in line.strip('| ').split('|')]
            return f'parity in {cells[0]}: {cells[-1]}'
        return None

    def _training(self, found: re.Match) -> Optional[str]:
        now = time.monotonic()
        if found['epoch'] == self._epoch and now - self._said < self.every:
            return None
        self._epoch, self._said = found['epoch'], now
        return (
            f'train epoch {found["epoch"]}/{self.epochs}, iteration '
            f'{found["iter"]}/{found["of"]}, loss {found["loss"]} '
            f'(eta {found["eta"]})'
        )
