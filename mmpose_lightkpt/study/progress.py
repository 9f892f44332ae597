"""The few lines of a step's output that its user wants to see."""

import re
import time
from typing import Callable, Optional

from .layout import MISSING

_TRAIN = re.compile(
    r'Epoch\(train\) +\[(?P<epoch>\d+)\]\[ *(?P<iter>\d+)/(?P<of>\d+)\]'
    r'.*?eta: (?P<eta>(\d+ days?, )?[\d:]+).*?\bloss: (?P<loss>\S+)'
)
_TIMED = re.compile(r'^\[\d+/\d+[^]]*\] .+')
_PARITY = re.compile(r'^\| (fp32|fp16|bf16) .*\| (pass|FAIL) \|$')
# Of warnings and blank lines nobody learns why it failed.
_NOISE = re.compile(r'^\s*$|Warning: ')


class Progress:
    """Pass on a line now and then, and remember the last that said something.

    Args:
        prefix: of every line, '[3/9] rle'.
        say: takes each line.
        epochs: of the training.
        metric: the figure of a test to show.
        every: seconds between two lines of one epoch.
    """

    def __init__(
        self,
        prefix: str,
        say: Callable[[str], None],
        epochs: int = 0,
        metric: Optional[str] = None,
        every: float = 60.0,
    ) -> None:
        self.prefix, self.say = prefix, say
        self.epochs, self.metric, self.every = epochs, metric, every
        self.last = ''
        """The last line that may tell why it failed."""
        self._epoch, self._said = '', 0.0

    def __call__(self, line: str) -> None:
        """Take one line of output."""
        if not _NOISE.search(line):
            self.last = line.strip()
        shown = self._shown(line)
        if shown:
            self.say(f'{self.prefix}: {shown}')

    def _shown(self, line: str) -> Optional[str]:
        train = _TRAIN.search(line)
        if train:
            return self._training(train)
        if _TIMED.search(line) or line.startswith(MISSING):
            return line
        if self.metric and line.split()[:-1] == [self.metric]:
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
