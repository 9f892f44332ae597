import logging
from types import SimpleNamespace

import pytest

pytest.importorskip('mmpose')
from mmengine.registry import DefaultScope  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

import mmpose_lightkpt  # noqa: E402, F401 - registers the hook
from mmpose_lightkpt.datasets import PeopleDataset  # noqa: E402
from mmpose_lightkpt.engine import SkippedSamplesHook  # noqa: E402

pytestmark = pytest.mark.mmpose


def train(folder, bad, hook, epochs=3):
    """Draw every sample in workers, as a training does, then end it."""
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = PeopleDataset(
            ann_file='annotations/train.json',
            data_root=str(folder),
            data_prefix=dict(img='images/'),
            pipeline=[dict(type='LoadImage')],
        )
    for name in bad:
        (folder / 'images' / name).write_bytes(b'')
    loader = DataLoader(dataset, 2, num_workers=2, collate_fn=len)
    for _ in range(epochs):
        list(loader)
    logger = logging.getLogger('training')
    hook.after_train(SimpleNamespace(train_dataloader=loader, logger=logger))
    return dataset.skips.totals()


def test_the_bad_files_are_named_with_their_counts(draw_people, caplog):
    totals = train(
        draw_people([1] * 5), ['002.jpg', '005.jpg'], SkippedSamplesHook()
    )
    (message,) = caplog.messages
    assert f'{sum(totals.values())} samples were skipped for 2 bad' in message
    for path, count in totals.items():
        assert count >= 3
        assert f'{path} ({count} times)' in message


def test_a_long_list_is_cut(draw_people, caplog):
    train(
        draw_people([1] * 5),
        ['001.jpg', '002.jpg', '003.jpg'],
        SkippedSamplesHook(max_files=1),
    )
    (message,) = caplog.messages
    assert message.count('.jpg') == 1
    assert message.endswith('and 2 more')


def test_without_bad_files_nothing_is_said(draw_people, caplog):
    assert train(draw_people([1, 1]), [], SkippedSamplesHook()) == {}
    assert not caplog.messages


def test_other_data_sets_are_left_alone():
    dataset = SimpleNamespace()
    runner = SimpleNamespace(train_dataloader=SimpleNamespace(dataset=dataset))
    SkippedSamplesHook().after_train(runner)


def test_a_list_of_no_files_is_refused():
    with pytest.raises(ValueError, match='max_files'):
        SkippedSamplesHook(max_files=0)
