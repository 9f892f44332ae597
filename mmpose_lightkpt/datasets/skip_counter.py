"""How often each bad image was skipped, counted across worker processes."""

from typing import Dict, List

import torch
from mmengine.dist import all_reduce


class SkipCounter:
    """One counter per image in shared memory.

    Worker processes of a loader write to copies of the data set; the counts
    are in memory they share with the training process, so that they are
    still there when the workers have ended.

    Args:
        paths: the image files, each once.
    """

    def __init__(self, paths: List[str]) -> None:
        self.rows = {path: row for row, path in enumerate(paths)}
        self.counts = torch.zeros(len(paths), dtype=torch.int32)
        self.counts.share_memory_()

    def add(self, path: str) -> bool:
        """Count one skipped sample; True if it is its file's first."""
        row = self.rows[path]
        self.counts[row] += 1
        return bool(self.counts[row] == 1)

    def totals(self) -> Dict[str, int]:
        """Skipped samples per file, over all processes of a training.

        With several processes, all of them must call this.
        """
        counts = self.counts.clone()
        all_reduce(counts)
        return {
            path: int(counts[row])
            for path, row in self.rows.items()
            if counts[row] > 0
        }
