"""Does an imported MoveNet find what Google's own graph finds?

The same crops of validation persons go through the checkpoint in torch, its
bundle in ncnn, TFLite's interpreter on the int8 file, the interpreter on the
same graph in float32, and an operator by operator evaluation in float64 (the
last two are in tests/movenet_import/). Compared are keypoints, in pixels of
the crop. The decode's own constants (weight of a centre, row and column of a
cell) are taken once without their rounding to 8 bits and once with it.

Needs an int8 file, its import, a bundle of that, and the COCO persons of
LIGHTKPT_DATA. Example:
    python benchmarks/imported_movenet.py lightning.tflite lightning.pth \\
exported/lightning --out imported.json
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmpose.registry import DATASETS
from timed import utc_now

from mmpose_lightkpt.configs_index import config_path
from mmpose_lightkpt.deploy.decoders import decode
from mmpose_lightkpt.deploy.device import describe_device
from mmpose_lightkpt.deploy.pipeline import PosePipeline
from mmpose_lightkpt.deploy.preprocess import to_input
from mmpose_lightkpt.deploy.results import command_line, write_atomically
from mmpose_lightkpt.deploy.source_model import build_model, read_config
from mmpose_lightkpt.functional.movenet import center_weight
from mmpose_lightkpt.movenet_import.command import CONFIGS
from mmpose_lightkpt.movenet_import.interpreter import interpret

sys.path.insert(
    0, str(Path(__file__).resolve().parents[1] / 'tests' / 'movenet_import')
)
CONFIG = config_path(CONFIGS[32])
SCORES = (0, 0.1, 0.2, 0.3, 0.5, 0.7, 1)
SURE = 0.3  # what the model's makers advise to trust
# Pairs whose distance is in the record; the second is the measure.
PAIRS = (
    ('torch', 'float64, operator by operator'),
    ('torch', 'float32 in the interpreter'),
    ('torch', 'float32, decode rounded'),
    ('ncnn', 'torch'),
    ('torch', 'int8 in the interpreter'),
    ('float32 in the interpreter', 'int8 in the interpreter'),
)
Answers = Dict[str, np.ndarray]


def samples(padding: float, count: int) -> List[dict]:
    """Packed crops of persons from all over the validation file."""
    chosen = Config.fromfile(CONFIG).val_dataloader.dataset
    chosen.pipeline[1].padding = padding
    dataset = DATASETS.build(chosen)
    which = np.linspace(0, len(dataset) - 1, count).round().astype(int)
    return [dataset[int(index)] for index in which]


def in_torch(model, chosen: List[dict]) -> np.ndarray:
    """(N, K, 3): x, y in px of the crop, score."""
    found = []
    for first in range(0, len(chosen), 32):
        batch = pseudo_collate(chosen[first : first + 32])
        data = model.data_preprocessor(batch, False)
        with torch.no_grad():
            maps = model.extract_feat(data['inputs'])
            people = model.head.predict(maps, data['data_samples'])
        found += [np.c_[p.keypoints[0], p.keypoint_scores[0]] for p in people]
    return np.stack(found)


def in_ncnn(bundle: Path, crops: List[np.ndarray]) -> np.ndarray:
    """The board's forward and decode, (N, K, 3)."""
    pipeline, found = PosePipeline.from_bundle(bundle), []
    for crop in crops:
        maps = pipeline.forward(to_input(crop, pipeline.spec))
        points, scores = decode(
            pipeline.spec.decoder, [one[None] for one in maps]
        )
        found.append(np.c_[points[0], scores[0]])
    return np.stack(found)


def unrounded(graph) -> Dict[int, np.ndarray]:
    """The three maps of the decode as their formulas have them."""
    numbers = [
        number
        for number, values in graph.constants.items()
        if values.ndim == 3 and values.shape[2] == 1
    ]
    height, width = graph.constants[numbers[0]].shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(float)
    maps = (center_weight(height, width).astype(float), rows, columns)
    return {n: values[..., None] for n, values in zip(numbers, maps)}


def in_tflite(path: Path, crops: List[np.ndarray], straight: int) -> Answers:
    """What the file's own graph finds, in int8 and in float."""
    from float_file import float_file
    from float_graph import FloatGraph

    content = path.read_bytes()
    exact = unrounded(FloatGraph(content))
    found = {'int8 in the interpreter': interpret(path, crops)}
    kinds = {'in the interpreter': exact, 'decode rounded': None}
    with tempfile.TemporaryDirectory() as work:
        for kind, constants in kinds.items():
            file = Path(work) / 'float32.tflite'
            file.write_bytes(float_file(content, constants))
            comma = '' if constants else ','
            found[f'float32{comma} {kind}'] = interpret(file, crops)
    graph = FloatGraph(content, exact)
    found['float64, operator by operator'] = np.full_like(
        found['int8 in the interpreter'], np.nan
    )
    side = crops[0].shape[0]
    for i in np.linspace(0, len(crops) - 1, straight).astype(int):
        answer = graph(crops[i][None, ..., ::-1])[0, 0][:, [1, 0, 2]]
        found['float64, operator by operator'][i] = answer * (side, side, 1)
    return found


def judge(one, other, labelled) -> Dict[str, Any]:
    """Distances of all joints that both have, and of labelled ones."""
    far = np.linalg.norm(one[..., :2] - other[..., :2], axis=-1)
    known = np.isfinite(far)
    shown, sure = known & labelled, one[..., 2] >= SURE
    return dict(
        crops=int(known.any(1).sum()),
        joints=int(known.sum()),
        share_within_tenth_px=float((far[known] < 0.1).mean()),
        median_px=float(np.median(far[known])),
        p999_px=float(np.percentile(far[known], 99.9)),
        max_px=float(far[known].max()),
        labelled=dict(
            joints=int(shown.sum()),
            median_px=float(np.median(far[shown])),
            sure_joints=int((shown & sure).sum()),
            sure_median_px=float(np.median(far[shown & sure])),
        ),
        labelled_median_px_by_score={
            f'{low:g} to {high:g}': float(np.median(far[part]))
            for low, high in zip(SCORES, SCORES[1:])
            for part in [shown & (one[..., 2] >= low) & (one[..., 2] < high)]
            if part.any()
        },
    )


def measure(args, padding: float) -> Dict[str, Any]:
    """All pairs, on crops of one padding."""
    model = build_model(read_config(CONFIG), args.checkpoint)
    chosen = samples(padding, args.persons)
    crops = [one['inputs'].permute(1, 2, 0).numpy() for one in chosen]
    labelled = np.stack(
        [
            one['data_samples'].gt_instances.keypoints_visible[0] > 0
            for one in chosen
        ]
    )
    answers = dict(
        torch=in_torch(model, chosen),
        ncnn=in_ncnn(args.bundle, crops),
        **in_tflite(args.file, crops, args.straight),
    )
    return {
        f'{one} from {other}': judge(answers[one], answers[other], labelled)
        for one, other in PAIRS
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('file', type=Path)
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument('bundle', type=Path)
    parser.add_argument('--persons', type=int, default=1007)
    parser.add_argument('--straight', type=int, default=202, help='crops')
    parser.add_argument('--out', type=Path, help='record to write (JSON)')
    args = parser.parse_args()
    record = dict(
        kind='imported_movenet',
        command=command_line('benchmarks/imported_movenet.py'),
        date=utc_now(),
        device=describe_device(),
        persons=args.persons,
        box_padding={f'{p:g}': measure(args, p) for p in (1.25, 1.0)},
    )
    text = json.dumps(record, indent=2) + '\n'
    print(text)
    if args.out:
        write_atomically(args.out, text.encode())


if __name__ == '__main__':
    main()
