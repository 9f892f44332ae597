"""The table of others' weights: one row per test, the newest counts."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.evaluation.imported_table import (  # noqa: E402
    imported_table,
)
from mmpose_lightkpt.evaluation.published import Results  # noqa: E402

pytestmark = pytest.mark.mmpose


def one_test(padding, **metrics):
    return dict(
        data='not trained here; tested on coco_person/val.json (3 images)',
        details=dict(
            source='theirs.tflite, sha256 12', input='64x48', padding=padding
        ),
        metrics=metrics,
    )


def rows(*records, folder='.'):
    table = imported_table(Results([], [], imported=list(records)), folder)
    return [
        [cell.strip() for cell in line.strip('|').split('|')]
        for line in table.splitlines()
    ]


def test_without_an_import_there_is_no_table():
    assert imported_table(Results([], [])) == ''


def test_a_row_tells_weights_data_crop_and_figures():
    head, _, row = rows(
        ('google/a.json', one_test(1.25, MeanOKS=0.5591, PixelPCK=0.4952)),
        folder='configs/movenet',
    )
    assert dict(zip(head, row)) == {
        'weights': 'theirs.tflite',
        'tested on': 'coco_person/val.json',
        'input': '64x48',
        'box x': '1.25',
        'AP': '-',
        'PixelPCK': '0.495',
        'mean OKS': '0.559',
        'TorsoPCK, 12 joints': '-',
        'record': '[a](../../docs/results/google/a.json)',
    }


def test_the_newest_of_one_crop_counts():
    _, _, first, second = rows(
        ('old.json', one_test(1.0, PixelPCK=0.1)),
        ('b.json', one_test(1.25, PixelPCK=0.3)),
        ('new.json', one_test(1.0, PixelPCK=0.2)),
    )
    assert '0.200' in first and '0.300' in second
