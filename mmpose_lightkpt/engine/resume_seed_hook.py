"""Let a resumed training draw the samples it would have drawn."""

from mmengine.hooks import Hook
from mmpose.registry import HOOKS


@HOOKS.register_module()
class ResumeSeedHook(Hook):
    """Hand the seed found in the checkpoint to the training sampler.

    Where the config fixes no seed, MMEngine draws one, builds the sampler
    with it and only then reads the checkpoint's: model and sampler disagree,
    and the order of samples is not the interrupted training's. With a seed in
    the config, or without resuming, this changes nothing.
    """

    def before_train(self, runner) -> None:
        """Set the sampler's seed (unless each process has its own)."""
        sampler = runner.train_dataloader.sampler
        if not runner._randomness_cfg.get('diff_rank_seed'):
            sampler.seed = runner.seed
