"""Checkpoints that survive a kill or a full disk at any moment."""

from collections import deque
from pathlib import Path
from typing import Optional

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmpose.registry import HOOKS

from .atomic_backend import AtomicBackend


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """MMEngine's ``CheckpointHook`` that always leaves one to resume from.

    Unlike there, files are written whole (:class:`AtomicBackend`), an old
    checkpoint is removed only when the new one is on the disk, and so is the
    pointer ``last_checkpoint`` moved. (The best so far is still removed
    before a better one is saved.) Arguments are ``CheckpointHook``'s.
    """

    def __init__(self, *args, backend_args: Optional[dict] = None, **kwargs):
        if backend_args is None:
            backend_args = dict(backend='atomic')
        super().__init__(*args, backend_args=backend_args, **kwargs)

    def _save_checkpoint_with_step(
        self, runner, step: int, meta: dict
    ) -> None:
        """Save, then point to it, then remove the outdated."""
        outdated = self._roll_ids(runner, step)
        name = self.filename_tmpl.format(step)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.save_checkpoint(
            self.out_dir,
            name,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args,
        )
        if not is_main_process():
            return
        pointer = Path(runner.work_dir) / 'last_checkpoint'
        AtomicBackend().put_text(self.last_ckpt, pointer)
        for old in outdated:
            path = self.file_backend.join_path(
                self.out_dir, self.filename_tmpl.format(old)
            )
            if self.file_backend.isfile(path):
                self.file_backend.remove(path)

    def _roll_ids(self, runner, step: int) -> list:
        """Note the step as kept; return those that no longer are."""
        if self.max_keep_ckpts <= 0:
            return []
        kept = [old for old in self.keep_ckpt_ids if old != step] + [step]
        outdated, kept = (
            kept[: -self.max_keep_ckpts],
            kept[-self.max_keep_ckpts :],
        )
        self.keep_ckpt_ids = deque(kept, self.max_keep_ckpts)
        runner.message_hub.update_info('keep_ckpt_ids', kept)
        return outdated
