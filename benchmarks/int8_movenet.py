"""What int8 costs MoveNet, and which part of it does.

The MoveNet article left int8 aside for fear that multiplying the heatmaps by
weights makes them sensitive to rounding. Here each part is rounded alone: a
map at a time, or the re-weighted heatmaps themselves, to the 256 levels that
a graph with the decode inside would give them. Joints of validation persons
are judged against their labels and against the float network.

Needs a bundle with model.onnx and the COCO persons of LIGHTKPT_DATA; the
network is calibrated on training crops. Example:
    python benchmarks/int8_movenet.py exported/lightning --out int8.json
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from timed import utc_now

from mmpose_lightkpt.configs_index import config_path
from mmpose_lightkpt.deploy.bundle import ONNX_FILE, add_files
from mmpose_lightkpt.deploy.device import describe_device
from mmpose_lightkpt.deploy.int8 import INT8_FILE, quantise
from mmpose_lightkpt.deploy.pipeline import PosePipeline
from mmpose_lightkpt.deploy.preprocess import to_input
from mmpose_lightkpt.deploy.results import command_line, write_atomically
from mmpose_lightkpt.deploy.spec import ModelSpec
from mmpose_lightkpt.functional import movenet

CENTER, HEATMAP, REGRESSION, OFFSET = range(4)
# Levels of a re-weighted heatmap: it is at most 1 / c.
STEP = 1 / (movenet.DISTANCE_OFFSET * 255)
# Name, maps that come from the int8 network, whether re-weighted is rounded.
ARMS: Tuple[Tuple[str, Sequence[int], bool], ...] = (
    ('float', (), False),
    ('re-weighted heatmaps in 8 bits', (), True),
    ('centre in int8', (CENTER,), False),
    ('regression in int8', (REGRESSION,), False),
    ('heatmaps in int8', (HEATMAP,), False),
    ('offsets in int8', (OFFSET,), False),
    ('all maps in int8', range(4), False),
    ('all maps in int8, re-weighted in 8 bits', range(4), True),
)
LAST_FLOAT = 'int8, last layers in float'
Maps = List[np.ndarray]


def crops(name: str, split: str, count: int) -> Iterator[Tuple[Any, ...]]:
    """Crops uint8 (h, w, 3), joints (K, 2) in crop px, labels (K,)."""
    cfg = Config.fromfile(config_path(name))
    init_default_scope(cfg.default_scope)
    chosen = dict(cfg.val_dataloader.dataset)
    chosen.update(ann_file=f'annotations/{split}.json')
    dataset = DATASETS.build(chosen)
    for i in np.linspace(0, len(dataset) - 1, count).round().astype(int):
        item = dataset[int(i)]
        meta = item['data_samples'].metainfo
        person = item['data_samples'].gt_instances
        corner = meta['input_center'] - meta['input_scale'] / 2
        factor = np.divide(meta['input_size'], meta['input_scale'])
        yield (
            item['inputs'].permute(1, 2, 0).contiguous().numpy(),
            (person.keypoints[0] - corner) * factor,
            person.keypoints_visible[0] > 0,
        )


def decode(maps: Maps, rounded: bool) -> np.ndarray:
    """The single-person decode, (K, 2) in cells, with a rounding within."""
    center, heatmaps, regression, offsets = maps
    height, width = center.shape[1:]
    best = (center[0] * movenet.center_weight(height, width)).argmax()
    y, x = divmod(int(best), width)
    points = regression[:, y, x].reshape(-1, 2) + (x, y)
    rows, columns = np.mgrid[:height, :width]
    distance = np.hypot(
        rows - points[:, 1, None, None], columns - points[:, 0, None, None]
    )
    weighted = heatmaps / (distance + movenet.DISTANCE_OFFSET)
    if rounded:
        weighted = np.round(weighted / STEP)
    y, x = np.divmod(weighted.reshape(len(points), -1).argmax(1), width)
    joint = np.arange(len(points))
    offset = offsets.reshape(-1, 2, height, width)[joint, :, y, x]
    return np.stack([x, y], axis=1) + offset


def int8_pipeline(bundle: Path, work: Path, inputs, last_float: bool):
    """Quantise a copy of a bundle; return what runs it."""
    copy = work / f'int8-{int(last_float)}'
    shutil.copytree(bundle, copy)
    network, _ = quantise(copy / ONNX_FILE, inputs, last_float)
    add_files(copy, {INT8_FILE: network})
    return PosePipeline.from_bundle(copy, 1, 'int8', 'onnxruntime')


def measure(bundle: Path, count: int) -> Dict[str, Dict[str, float]]:
    """Judge every arm on the same crops."""
    spec = ModelSpec.load(bundle)
    stride = np.array(spec.decoder['stride'])
    chosen = crops(spec.name, 'train', 128)
    inputs = [to_input(crop, spec) for crop, _, _ in chosen]
    found: Dict[str, list] = {name: [] for name, *_ in ARMS}
    found[LAST_FLOAT] = []
    truth, labels = [], []
    with tempfile.TemporaryDirectory() as work:
        exact = PosePipeline.from_bundle(bundle, 1, 'fp32', 'onnxruntime')
        int8 = int8_pipeline(bundle, Path(work), inputs, False)
        mixed = int8_pipeline(bundle, Path(work), inputs, True)
        for crop, joints, labelled in crops(spec.name, 'val', count):
            x = to_input(crop, spec)
            maps, coarse = exact.forward(x), int8.forward(x)
            for name, which, rounded in ARMS:
                chosen_maps = [
                    (coarse if i in which else maps)[i] for i in range(4)
                ]
                found[name].append(decode(chosen_maps, rounded) * stride)
            found[LAST_FLOAT].append(decode(mixed.forward(x), False) * stride)
            truth.append(joints)
            labels.append(labelled)
    side = max(spec.input_size)
    return judge(found, np.array(truth), np.array(labels), side)


def judge(found, truth, labels, side) -> Dict[str, Dict[str, float]]:
    """PixelPCK against the labels, and shifts in px from the float arm."""
    exact = np.array(found['float'])
    result = {}
    for name, predictions in found.items():
        keypoints = np.array(predictions)
        error = np.linalg.norm(keypoints - truth, axis=-1)[labels]
        shift = np.linalg.norm(keypoints - exact, axis=-1)[labels]
        result[name] = dict(
            pixel_pck=float((error * 160 / side < 5).mean()),
            shift_median_px=float(np.median(shift)),
            shift_p99_px=float(np.percentile(shift, 99)),
            share_over_half_px=float((shift > 0.5).mean()),
            share_over_5_px=float((shift > 5).mean()),
        )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('bundle', type=Path)
    parser.add_argument('--persons', type=int, default=1007)
    parser.add_argument('--out', type=Path, help='record to write (JSON)')
    args = parser.parse_args()
    record = dict(
        kind='int8_movenet',
        command=command_line('benchmarks/int8_movenet.py'),
        date=utc_now(),
        device=describe_device(),
        persons=args.persons,
        arms=measure(args.bundle, args.persons),
    )
    text = json.dumps(record, indent=2) + '\n'
    print(text)
    if args.out:
        write_atomically(args.out, text.encode())


if __name__ == '__main__':
    main()
