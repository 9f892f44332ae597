"""Records of a small study, with figures to be found again."""

from mmpose_lightkpt.deploy.results import STAGES


def judged(name='ipr', seed=0, options=None, calibration=None, **metrics):
    """An evaluation record; keyword ``mean`` is TorsoPCK over 14 joints."""
    keys = dict(
        mean='TorsoPCK/mean14',
        head='TorsoPCK/group/head',
        knee='TorsoPCK/group/knee',
        pixel='PixelPCK',
        ap='coco/AP',
        ece='calibration/ECE',
    )
    details = dict(epochs=8, seed=seed, training_hours=0.5)
    if options:
        details['options'] = options
    if calibration:
        details['calibration'] = calibration
    return dict(
        config=f'configs/a/lsp/{name}_small.py',
        data='trained on a; tested on b',
        metrics={keys[key]: value for key, value in metrics.items()},
        baseline={'TorsoPCK/mean14': 0.111},
        details=details,
    )


def bench(reference='bare', complete=True, emulated=False, **forward):
    """A benchmark record; keywords give the forward time of each model."""

    def row(model, ms, threads, precision):
        medians = dict(zip(STAGES, (0.25, ms, 0.5, ms + 0.75)))
        return dict(
            model=model,
            threads=threads,
            precision=precision,
            params=1_500_000,
            macs=60_000_000,
            stages={stage: dict(median=v) for stage, v in medians.items()},
        )

    return dict(
        reference=reference,
        device=dict(cpu='A CPU', virtual=True, emulated=emulated),
        complete=complete,
        rows=[
            row(model, ms * factor / threads, threads, precision)
            for model, ms in forward.items()
            for threads in (2, 1)
            for precision, factor in (('fp16', 3), ('fp32', 1))
        ],
    )


def cells(page, name, table=0):
    """A row of one table of a page, by the head of its columns."""
    tables = [part for part in page.split('\n\n') if part.startswith('| ')]
    head, _, *rows = [
        [cell.strip() for cell in line.strip('|').split(' | ')]
        for line in tables[table].splitlines()
    ]
    assert all(len(row) == len(head) for row in rows)
    (found,) = [row for row in rows if row[0] == name]
    return dict(zip(head, found))


def names(page, table=0):
    """First column of one table of a page."""
    tables = [part for part in page.split('\n\n') if part.startswith('| ')]
    lines = tables[table].splitlines()[2:]
    return [line.strip('|').split(' | ')[0].strip() for line in lines]
