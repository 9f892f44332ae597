"""Time one bundle in this process, stage by stage.

``python -m mmpose_lightkpt.deploy.timing CASE`` is the worker that
``deploy/benchmark.py`` starts afresh for every measurement: CASE is JSON, the
answer is one line of JSON on the standard output. Nothing here needs torch.
"""

import dataclasses
import gc
import json
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Union

import numpy as np

from .machine_state import difference, read_machine
from .results import FORWARD, STAGES
from .startup import start
from .statistics import Summary, summarise
from .worker_process import claim_stdout

FRAME_SIZE = (640, 480)
"""(w, h) in pixels of the frame that pre-processing is timed on."""
FRAME_BOX = (200.0, 60.0, 440.0, 420.0)
"""The person's box in it, x1, y1, x2, y2 in pixels."""


@dataclasses.dataclass(frozen=True)
class TimingPlan:
    """When to stop warming up and measuring: at both a count and a time.

    Args:
        loops: images timed, >= 1.
        seconds: shortest time of measuring.
        warmup_loops: images run before and not timed, >= 1.
        warmup_seconds: shortest time of warming up.
        fps: images a second, as a camera gives them; 0 is as fast as can
            be. A board that rests between images clocks down.

    Raises:
        ValueError: if a count is below 1, or a time or ``fps`` negative.
    """

    loops: int = 100
    seconds: float = 0.5
    warmup_loops: int = 10
    warmup_seconds: float = 0.5
    fps: float = 0.0

    def __post_init__(self) -> None:
        for name in ('loops', 'warmup_loops'):
            if getattr(self, name) < 1:
                raise ValueError(
                    f'TimingPlan: {name} must be at least 1, got '
                    f'{getattr(self, name)}'
                )
        for name in ('seconds', 'warmup_seconds'):
            if not 0 <= getattr(self, name) < float('inf'):
                raise ValueError(
                    f'TimingPlan: {name} must be 0 or more '
                    f'seconds, got {getattr(self, name)}'
                )
        if not 0 <= self.fps < float('inf'):
            raise ValueError(
                f'TimingPlan: fps must be 0 or more, got {self.fps}'
            )


def synthetic_frame() -> np.ndarray:
    """Return the frame timed on, uint8 (H, W, 3): the same everywhere."""
    width, height = FRAME_SIZE
    return np.random.default_rng(0).integers(
        0, 256, (height, width, 3), dtype=np.uint8
    )


def time_pipeline(
    pipeline: Any, image: np.ndarray, box: Any, plan: TimingPlan
) -> Dict[str, Summary]:
    """Time pre-processing, forward pass and decoding, in milliseconds.

    The three stages run one after the other on every loop, as they do on a
    live camera, so that each finds the caches as the one before left them;
    ``total`` is the time of a whole loop and not the sum of the medians.

    Args:
        pipeline: has ``preprocess``, ``forward`` and ``decode``.
        image: uint8 (H, W, 3), BGR.
        box: x1, y1, x2, y2 in pixels of the image, None for all of it.
        plan: how often and how long.
    """
    warmup = plan.warmup_loops, plan.warmup_seconds, plan.fps
    repeat_loops(pipeline, image, box, *warmup)
    collecting = gc.isenabled()
    gc.disable()
    try:
        measured = plan.loops, plan.seconds, plan.fps
        clocks = repeat_loops(pipeline, image, box, *measured)
    finally:
        if collecting:
            gc.enable()
    times = np.diff(np.array(clocks, dtype=np.int64), axis=1) / 1e6
    columns = [*times.T, times.sum(axis=1)]
    return {stage: summarise(col) for stage, col in zip(STAGES, columns)}


def repeat_loops(
    pipeline: Any,
    image: np.ndarray,
    box: Any,
    loops: int,
    seconds: float,
    fps: float = 0.0,
) -> List[List[int]]:
    """Run until both limits are met; return four clock readings a loop.

    With ``fps`` each loop starts when its image is due, or at once if that
    is over.
    """
    now = time.perf_counter_ns
    due = now()
    end = due + int(seconds * 1e9)
    period = int(1e9 / fps) if fps else 0
    clocks: List[List[int]] = []
    while len(clocks) < loops or clocks[-1][-1] < end:
        if due > now():
            time.sleep((due - now()) / 1e9)
        start = now()
        due = max(due + period, start) if period else start
        tensor, warp = pipeline.preprocess(image, box)
        prepared = now()
        outputs = pipeline.forward(tensor)
        computed = now()
        pipeline.decode(outputs, warp)
        clocks.append([start, prepared, computed, now()])
    return clocks


def time_bundle(
    folder: str,
    threads: int,
    precision: str,
    plan: TimingPlan,
    runtime: str = 'ncnn',
    zero_weights: bool = False,
) -> Dict[str, Any]:
    """Check the parity of a bundle, then time it.

    With ``zero_weights`` only its graph is timed, and parity is ``{}``. So it
    is for a ``.tflite`` file, which has no stage but the forward pass.

    Returns:
        JSON-able: ``stages`` (stage -> statistics in ms, or None),
        ``parity``, the engine's ``runtime_version``, ``quantisation`` (of
        int8), what the machine did meanwhile (``reading``, see
        :mod:`.machine_state`) and what a start costs (``start``, see
        :func:`.startup.start`).

    Raises:
        ImportError: if the engine is not installed.
        ValueError: if the bundle cannot be loaded or fails parity in the
            precision that is to be timed.
    """
    from .int8 import read_facts
    from .parity import check_bundle
    from .runtimes.engines import LITERT, warm_engine

    warm_engine(runtime, folder)  # else its import would count as loading
    limit_opencv(threads)
    frame = synthetic_frame()
    pipeline, cost = start(
        lambda: open_pipeline(
            folder, threads, precision, runtime, zero_weights
        ),
        frame,
        FRAME_BOX,
    )
    is_bundle = runtime != LITERT
    is_whole = is_bundle and not zero_weights
    parity = check_bundle(Path(folder), pipeline) if is_whole else {}
    before = read_machine()
    stages = time_pipeline(pipeline, frame, FRAME_BOX, plan)
    return dict(
        stages={
            name: s._asdict() if is_bundle or name == FORWARD else None
            for name, s in stages.items()
        },
        parity=parity,
        runtime_version=pipeline.runtime.info['version'],
        quantisation=(
            read_facts(folder, pipeline.spec, runtime)
            if is_bundle and precision == 'int8'
            else {}
        ),
        reading=difference(before, read_machine()),
        start=cost,
    )


def open_pipeline(
    path: Union[str, Path],
    threads: int,
    precision: str,
    runtime: str = 'ncnn',
    zero_weights: bool = False,
) -> Any:
    """Open what is timed: a bundle, or with LiteRT a ``.tflite`` file."""
    from .pipeline import PosePipeline
    from .runtimes.engines import LITERT
    from .tflite_model import ForwardAlone

    if runtime == LITERT:
        return ForwardAlone.from_file(path, threads, precision)
    return PosePipeline.from_bundle(
        Path(path), threads, precision, runtime, zero_weights
    )


def limit_opencv(threads: int) -> None:
    """Let OpenCV, where present, use as many threads as the network."""
    try:
        import cv2
    except ImportError:
        return
    cv2.setNumThreads(threads)


def main() -> int:
    """Time the case given as JSON; exit with 1 and a reason if refused."""
    answers = claim_stdout()
    case = json.loads(sys.argv[1])
    case['plan'] = TimingPlan(**case['plan'])
    try:
        answer = time_bundle(**case)
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        answer = dict(error=str(error) or type(error).__name__)
    answers.write(json.dumps(answer) + '\n')
    answers.flush()
    return int('error' in answer)


if __name__ == '__main__':
    sys.exit(main())
