"""Records of invented boards: two that measured, one that was emulated."""

import json

STAGES = dict(preprocess=0.05, forward=0.85, decode=0.06, total=1.0)
# Name, ms on the first board, accuracy.
LADDER = (
    ('deeppose_small', 4.1, 0.31),
    ('rle_small', 4.3, 0.42),
    ('ipr_small', 4.6, 0.47),
    ('simcc_small', 6.2, 0.49),
    ('heatmap_small', 29.0, 0.53),
)


def stages(milliseconds, **changes):
    """Statistics of every stage; the sum's median is as given."""
    return {
        name: dict(
            dict(
                median=share * milliseconds,
                p90=1.1 * share * milliseconds,
                p99=1.3 * share * milliseconds,
                min=0.95 * share * milliseconds,
                cv=0.03,
                low=0.98 * share * milliseconds,
                high=1.03 * share * milliseconds,
                repeats=5,
            ),
            **changes,
        )
        for name, share in STAGES.items()
    }


def row(model, milliseconds, threads=1, precision='fp32', **changes):
    return dict(
        dict(
            model=model,
            input_size=[192, 256],
            threads=threads,
            precision=precision,
            params=1_230_000,
            macs=77_000_000,
            counted_macs=None,
            file_bytes=4_560_000,
            parity=dict(passed=True, shift_p99=0.0123),
            stages=stages(milliseconds),
            samples=[],
        ),
        **changes,
    )


def benchmark(*rows, device=None, **changes):
    return dict(
        dict(
            version=1,
            command='python tools/benchmark_ncnn.py bundles',
            date='2026-03-01T10:00:00+00:00',
            device=dict(
                dict(
                    board='Raspberry Pi 5 Model B',
                    cpu='ARM 0x41/0xd0b',
                    governor='performance',
                    load_average=[0.3, 0.2, 0.1],
                    virtual=False,
                    emulated=False,
                    openmp={},
                    versions=dict(ncnn='1.0.20261020', numpy='2.4.6'),
                ),
                **(device or {}),
            ),
            plan=dict(loops=100, repeats=5),
            reference=None,
            complete=True,
            rows=list(rows),
            failures=[],
        ),
        **changes,
    )


def evaluation(model, folder='lsp', baseline=None, options=None, **metrics):
    """Accuracy of a model; a double underscore stands for a slash."""
    metrics = {key.replace('__', '/'): v for key, v in metrics.items()}
    return dict(
        version=1,
        kind='evaluation',
        command='python tools/test.py',
        config=f'configs/body_2d_keypoint/any/{folder}/{model}.py',
        data=f'tested on {folder}',
        date='2026-02-01T10:00:00+00:00',
        device={},
        metrics=metrics,
        baseline=baseline,
        details=dict(options=options) if options else {},
    )


def three_boards():
    """Records by file name, as they would come from three boards."""
    slower = dict(pi5=1.0, pi4=4.7)
    boards = dict(
        pi5={},
        pi4=dict(board='Raspberry Pi 4 Model B', governor='ondemand'),
    )
    found = {}
    for name, device in boards.items():
        rows = [
            row(model, slower[name] * ms * speedup, threads, precision)
            for model, ms, _ in LADDER
            for threads, speedup in ((1, 1.0), (4, 0.42))
            for precision in ('fp32', 'bf16')
        ]
        rows[-1].update(stages=stages(900.0, cv=0.6))
        found[f'{name}.json'] = benchmark(*rows, device=device)
    found['qemu.json'] = benchmark(
        row('rle_small', 2100.0), device=dict(board=None, emulated=True)
    )
    found['pi4.json']['failures'] = [
        dict(model='broken', threads=1, precision='bf16', reason='no parity')
    ]
    for model, _, accuracy in LADDER:
        found[f'{model}.json'] = evaluation(
            model,
            baseline={'MeanOKS': 0.2, 'coco/AP': 0.05},
            MeanOKS=accuracy + 0.1,
            coco__AP=accuracy,
        )
    return found


def save(folder, records):
    """Write records by file name; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, record in records.items():
        (folder / name).write_text(json.dumps(record), encoding='utf-8')
    return folder
