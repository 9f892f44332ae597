import pytest
import torch

pytest.importorskip('mmpose')
pytestmark = [pytest.mark.mmpose, pytest.mark.slow]

PLAIN = dict(
    augment=False,
    sampler='DefaultSampler',
    num_workers=0,
    epochs=1,
    dtype='float64',
    optimizer=dict(type='SGD', lr=1.0),
)


def hide_joints(coco):
    """So that the processes see different numbers of joints."""
    for number, person in enumerate(coco['annotations']):
        for joint in range(1 + 5 * number % 16):
            person['keypoints'][3 * joint + 2] = 0


def gradients(folder):
    """From one step of plain descent at a rate of 1."""
    start = torch.load(folder / 'start.pth')
    file = (folder / 'last_checkpoint').read_text()
    end = torch.load(file, weights_only=False)['state_dict']
    assert list(start) == list(end)
    return torch.cat(
        [
            (old - new).double().flatten()
            for old, new in zip(start.values(), end.values())
        ]
    )


def test_two_processes_give_the_loss_and_gradients_of_one(
    draw_people, train_small, tmp_path
):
    data = draw_people([1, 2, 1], edit=hide_joints)
    (alone,) = train_small(data, tmp_path / 'one', batch_size=4, **PLAIN)
    first, second = train_small(
        data, tmp_path / 'two', processes=2, batch_size=2, **PLAIN
    )
    assert len(alone) == len(first) == len(second) == 1
    assert first[0][1] != second[0][1]
    for name, loss in alone[0][1].items():
        mean = (first[0][1][name] + second[0][1][name]) / 2
        assert mean == pytest.approx(loss, rel=0, abs=1e-5)
    one, two = gradients(tmp_path / 'one'), gradients(tmp_path / 'two')
    assert (one != 0).double().mean() > 0.5
    assert (one - two).abs().max() <= 1e-9
    assert (one - two).norm() <= 1e-9 * one.norm()
