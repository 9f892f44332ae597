"""Does a runtime compute what torch computed, in keypoints and pixels?

torch's answers are recorded once, at export (:mod:`.parity_case`), beside
the model; a board compares against the record with numpy alone. A bound on
raw outputs would say little about a pose, so the verdict is about shifts.

An argmax between two near-equal scores may fall either way without anything
being wrong: joints whose lead is smaller than the error of the scores are
counted apart. What such an error may be is limited by the precision, so that
a wrong network cannot excuse itself by its own errors.
"""

import dataclasses
from pathlib import Path
from typing import Any, Dict, List, Sequence, Union

import numpy as np

from . import decoders, preprocess
from .bundle import PARITY_FILE
from .parity_case import ParityCase
from .parity_people import num_joints, person_shift, taken
from .pipeline import PosePipeline

# Bound on the shift of a keypoint, in px of the network's input.
SHIFT_BOUNDS = {
    'fp32': 0.05,
    'fp16': 0.5,
    'fp16-storage': 0.5,
    'fp16-weights': 0.5,
    'bf16': 0.5,
    'int8': 0.5,
}
# Largest error of a score in [0, 1] that the precision itself explains.
# int8's excuses nothing: what it costs is the question, so all joints count.
SCORE_ERRORS = {
    'fp32': 1e-3,
    'fp16': 0.02,
    'fp16-storage': 0.02,
    'fp16-weights': 0.02,
    'bf16': 0.02,
    'int8': 0.0,
}
# Not refused beyond the bound: a shift is their known price, and it is shown.
LOSSY = ('int8', 'bf16')
# Of the joints that are judged, 99 % must stay within the bound.
PERCENTILE = 99


@dataclasses.dataclass(frozen=True)
class ParityResult:
    """How far a runtime is from torch.

    Args:
        name: model.
        precision: of the runtime.
        source: where the crops are from.
        num_crops: N.
        max_error: largest absolute error of each output.
        bound: on a joint's shift, px of the network's input.
        num_judged: joints whose shift is judged.
        shift_p99: 99th percentile of their shift in px; 0 if there are none.
        shift_max: their largest shift in px.
        share_over: share of them that is over the bound.
        num_close: joints apart, their two best scores being too close.
        close_over: how many of these are over the bound.
        passed: the verdict.
    """

    name: str
    precision: str
    source: str
    num_crops: int
    max_error: Dict[str, float]
    bound: float
    num_judged: int
    shift_p99: float
    shift_max: float
    share_over: float
    num_close: int
    close_over: int
    passed: bool

    def to_dict(self) -> Dict[str, Any]:
        """The result as JSON-able values."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        verdict = 'passes' if self.passed else 'FAILS'
        return (
            f'{self.name} in {self.precision} {verdict} parity: p99 shift '
            f'{self.shift_p99:.3g} px (bound {self.bound:g}), '
            f'{self.share_over:.2%} of {self.num_judged} joints over it, '
            f'{self.num_close} joints with close scores apart'
        )


def measure_parity(pipeline: PosePipeline, case: ParityCase) -> ParityResult:
    """Run the recorded crops through a pipeline and compare.

    Args:
        pipeline: of the same model.
        case: torch's record.

    Raises:
        ValueError: the case is another model's, or an output holds NaN.
    """
    spec = pipeline.spec
    _check_case(case, pipeline)
    errors = np.zeros(len(spec.outputs))
    shift = np.empty_like(case.scores)
    for i, crop in enumerate(case.crops):
        outputs = pipeline.forward(preprocess.to_input(crop, spec))
        if i < len(case.outputs[0]):
            differences = [
                np.abs(ours - theirs[i]).max()
                for ours, theirs in zip(outputs, case.outputs)
            ]
            errors = np.maximum(errors, differences)
        batch = [out[None] for out in outputs]
        shift[i] = person_shift(case.keypoints[i], spec, batch)
    precision = pipeline.runtime.info['precision']
    return _judge(spec, precision, case, errors, shift)


def _check_case(case: ParityCase, pipeline: PosePipeline) -> None:
    spec = pipeline.spec
    width, height = spec.input_size
    shape = (len(case.crops), num_joints(spec))
    if (
        not len(case.crops)
        or case.crops.shape[1:] != (height, width, 3)
        or case.crops.dtype != np.uint8
        or case.keypoints.shape != shape + (2,)
        or case.margins.shape != shape
        or len(case.outputs) != len(spec.outputs)
    ):
        raise ValueError(
            f'{spec.name}: {PARITY_FILE} does not fit the spec: crops '
            f'{case.crops.shape}, keypoints {case.keypoints.shape}, '
            f'{len(case.outputs)} outputs; expected input size '
            f'{spec.input_size}, {spec.num_keypoints} keypoints and '
            f'{len(spec.outputs)} outputs'
        )


def _judge(
    spec, precision: str, case: ParityCase, errors, shift
) -> ParityResult:
    decoder, _ = decoders.get_decoder(spec.decoder)
    score_error = max(
        (
            error
            for name, error in zip(decoder.outputs, errors)
            if name in decoder.scores
        ),
        default=0.0,  # a regression has coordinates alone
    )
    bound = SHIFT_BOUNDS.get(precision, 0.5)
    allowed = SCORE_ERRORS.get(precision, 0.02)
    there = taken(case.scores, spec)
    close = there & (case.margins < min(score_error, allowed))
    judged = shift[there & ~close]
    p99 = float(np.percentile(judged, PERCENTILE)) if judged.size else 0.0
    return ParityResult(
        name=spec.name,
        precision=precision,
        source=case.source,
        num_crops=len(case.crops),
        max_error={n: float(e) for n, e in zip(spec.outputs, errors)},
        bound=bound,
        num_judged=int(judged.size),
        shift_p99=p99,
        shift_max=float(judged.max(initial=0)),
        share_over=float((judged > bound).mean()) if judged.size else 0.0,
        num_close=int(close.sum()),
        close_over=int((shift[close] > bound).sum()),
        # Without a joint to judge, only the scores can speak.
        passed=bool(p99 <= bound if judged.size else score_error <= allowed),
    )


def check_bundle(
    folder: Union[str, Path], pipeline: PosePipeline
) -> Dict[str, Any]:
    """Measure a bundle's parity and refuse what fails.

    Precisions in :data:`LOSSY` are not refused: ``passed`` is then false in
    what is returned, and whoever shows it has to say so.

    Returns:
        :meth:`ParityResult.to_dict`.

    Raises:
        FileNotFoundError: the bundle has no parity case.
        ValueError: parity fails; the message holds the figures.
    """
    result = measure_parity(pipeline, ParityCase.load(folder))
    if not result.passed and result.precision not in LOSSY:
        raise ValueError(str(result))
    return result.to_dict()


def parity_table(results: Sequence[ParityResult]) -> str:
    """A Markdown table, one row per result."""
    names = list(results[0].max_error) if results else []
    header = ['precision', *(f'max err {n}' for n in names)]
    header += ['p99 shift px', 'max px', 'over bound', 'joints']
    header += ['close apart (over)', 'parity']
    rows: List[List[str]] = [header, ['---'] * len(header)]
    for r in results:
        rows.append(
            [
                r.precision,
                *(f'{r.max_error[n]:.1e}' for n in names),
                f'{r.shift_p99:.4f}',
                f'{r.shift_max:.3f}',
                f'{r.share_over:.2%} of {r.bound:g} px',
                f'{r.num_judged} in {r.num_crops} crops',
                f'{r.num_close} ({r.close_over})',
                'pass' if r.passed else 'FAIL',
            ]
        )
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in rows)
