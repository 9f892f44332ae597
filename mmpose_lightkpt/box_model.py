"""Put a bundle into the package, as the model in the box.

``tools/box_model.py`` calls this. What is copied are the weights in half
precision, under the name that every precision reads. The bundle's own parity
case is left out, for it holds other people's photographs; drawn people take
their place, so that a board can still tell whether it computes what it should.
"""

import dataclasses
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

import numpy as np

from .datasets.toy_people import draw_scene
from .deploy import decoders, preprocess
from .deploy.boxed_model import BOX, CARD_FILE, MAX_BYTES, RECORD_FILE
from .deploy.bundle import PARITY_FILE, open_bundle, sha256
from .deploy.parity import check_bundle
from .deploy.parity_case import ParityCase
from .deploy.parity_worker import measure_in_child
from .deploy.pipeline import PosePipeline
from .deploy.results import load_record
from .deploy.runtimes.ncnn import (
    BIN_FILE,
    FP16_BIN_FILE,
    FP16_WEIGHTS,
    PARAM_FILE,
)
from .deploy.spec import SPEC_FILE, ModelSpec
from .evaluation.marked_block import replace_block
from .evaluation.record import read_record
from .model_card import card_figures

_CROPS = 2
_ORDER = (BIN_FILE, PARAM_FILE, PARITY_FILE, RECORD_FILE, CARD_FILE, SPEC_FILE)


def box_model(
    bundle: Union[str, Path],
    evaluation: Union[str, Path],
    benchmark: Optional[Union[str, Path]] = None,
    box: Path = BOX,
) -> List[Path]:
    """Check a bundle and copy it into the package, with its model card.

    Files get their final names only when all are ready, the spec last.

    Args:
        bundle: a folder that ``tools/export_ncnn.py`` wrote.
        evaluation: record of ``tools/test.py --record`` for its config.
        benchmark: record of ``tools/benchmark_ncnn.py`` that has it.
        box: the folder to put it into; its model card gets the figures.

    Returns:
        The files of the box.

    Raises:
        FileNotFoundError: a file is missing, also ``model.fp16.ncnn.bin``.
        ValueError: a record is another model's; halving the weights moves
            keypoints beyond the bound; or the box would exceed 2 MB.
    """
    bundle, spec = Path(bundle), open_bundle(bundle)
    record = dict(
        evaluation=_evaluation(evaluation, spec),
        parity=_parity(bundle),
        benchmark=_benchmark(benchmark, spec) if benchmark else None,
    )
    with tempfile.TemporaryDirectory(prefix='.boxing-', dir=box) as work:
        work = Path(work)
        shutil.copy(bundle / PARAM_FILE, work / PARAM_FILE)
        shutil.copy(bundle / FP16_BIN_FILE, work / BIN_FILE)
        text = json.dumps(record, indent=2) + '\n'
        (work / RECORD_FILE).write_text(text, 'utf-8')
        _save_spec(spec, work)
        for recorded in (1, 0):  # outputs, where there is room for them
            _save_case(spec, work, recorded)
            if size_of(work) <= MAX_BYTES:
                break
        spec = _save_spec(spec, work)
        check_bundle(work, PosePipeline.from_bundle(work))
        check_size(work)
        card = (box / CARD_FILE).read_text('utf-8')
        card = replace_block(card, 'figures', card_figures(spec, work))
        (work / CARD_FILE).write_text(card, 'utf-8')
        for name in _ORDER:
            os.chmod(work / name, 0o644)
            os.replace(work / name, box / name)
    return [box / name for name in _ORDER]


def check_size(folder: Path) -> None:
    """Raise ValueError if the files of a folder exceed what a box holds."""
    if size_of(folder) > MAX_BYTES:
        files = sorted(folder.iterdir())
        told = ', '.join(f'{f.name} {f.stat().st_size:,}' for f in files)
        raise ValueError(
            f'the box holds {MAX_BYTES:,} bytes, this model needs '
            f'{size_of(folder):,} ({told}): train a smaller one'
        )


def size_of(folder: Path) -> int:
    """Bytes of the files right in a folder."""
    return sum(path.stat().st_size for path in folder.iterdir())


def _evaluation(path: Union[str, Path], spec: ModelSpec) -> Dict[str, Any]:
    record = read_record(path)
    if Path(record['config']).name != spec.config:
        raise ValueError(
            f'{path} judges {Path(record["config"]).name}, the bundle is of '
            f'{spec.config}'
        )
    return record


def _parity(bundle: Path) -> Dict[str, Any]:
    """What halving the weights costs; None of it may be beyond the bound."""
    if not (bundle / FP16_BIN_FILE).is_file():
        raise FileNotFoundError(
            f'{bundle} holds no {FP16_BIN_FILE}: export it again'
        )
    result = measure_in_child(bundle, FP16_WEIGHTS)
    if not result.passed:
        raise ValueError(str(result))
    return result.to_dict()


def _benchmark(path: Union[str, Path], spec: ModelSpec) -> Dict[str, Any]:
    """The part of a benchmark's record that is of this model."""
    record = load_record(path)
    rows = [
        {key: row[key] for key in ('model', 'threads', 'precision', 'stages')}
        for row in record['rows']
        if row['model'] == spec.name
    ]
    if not rows:
        raise ValueError(f'{path} has no row of {spec.name}')
    kept = {key: record[key] for key in ('command', 'date', 'device')}
    return dict(kept, rows=rows)


def _save_spec(spec: ModelSpec, folder: Path) -> ModelSpec:
    """Write the spec with the digests of what is in the folder by now."""
    names = (BIN_FILE, PARAM_FILE, PARITY_FILE)
    found = {n: sha256(folder / n) for n in names if (folder / n).is_file()}
    spec = dataclasses.replace(spec, sha256=found)
    spec.save(folder)
    return spec


def _save_case(spec: ModelSpec, folder: Path, recorded: int) -> None:
    """Write what the model makes of drawn people on this machine.

    Args:
        spec: of the model.
        folder: where it is, and where the case goes.
        recorded: crops whose outputs are kept, for what rounding does to
            scores; without any, joints that nearly tie are judged as well.
    """
    pipeline = PosePipeline.from_bundle(folder)
    crops = np.stack([draw_crop(spec, seed) for seed in range(_CROPS)])
    runs = [pipeline.forward(preprocess.to_input(c, spec)) for c in crops]
    outputs = [np.stack(out) for out in zip(*runs)]
    keypoints, scores = decoders.decode(spec.decoder, outputs)
    ParityCase(
        crops=crops,
        outputs=tuple(out[:recorded].astype(np.float16) for out in outputs),
        keypoints=keypoints,
        scores=scores,
        margins=decoders.decode_margins(spec.decoder, outputs),
        source='drawn people, as computed where the model was boxed',
    ).save(folder)


def draw_crop(spec: ModelSpec, seed: int) -> np.ndarray:
    """A drawn person, cut out: (h, w, 3) uint8 BGR of the model's input."""
    image, people = draw_scene(np.random.default_rng(seed), 256, 256)
    points = people[0].keypoints[:, :2]
    box = (*points.min(axis=0), *points.max(axis=0))
    matrix = preprocess.crop_matrix(box, spec.input_size, 1.25)
    return preprocess.warp_bilinear(image, matrix, spec.input_size)
