"""Say at the end of a training which images were skipped."""

from mmengine.hooks import Hook
from mmpose.registry import HOOKS


@HOOKS.register_module()
class SkippedSamplesHook(Hook):
    """Log how many samples were skipped for which bad image files.

    Needs a training data set that counts them (``PeopleDataset.skips``);
    says nothing with others, or if nothing was skipped.

    Args:
        max_files: how many files to name, the most skipped first.
    """

    def __init__(self, max_files: int = 20) -> None:
        if max_files < 1:
            raise ValueError(
                'SkippedSamplesHook: max_files must be at least '
                f'1, got {max_files}'
            )
        self.max_files = max_files

    def after_train(self, runner) -> None:
        """Log the totals of this run over all processes."""
        skips = getattr(runner.train_dataloader.dataset, 'skips', None)
        totals = skips.totals() if skips else {}
        if not totals:
            return
        worst = sorted(totals, key=totals.get, reverse=True)
        lines = [
            f'{path} ({totals[path]} times)'
            for path in worst[: self.max_files]
        ]
        if len(worst) > self.max_files:
            lines.append(f'and {len(worst) - self.max_files} more')
        runner.logger.warning(
            f'{sum(totals.values())} samples were skipped for '
            f'{len(totals)} bad image files:\n  ' + '\n  '.join(lines)
        )
