"""A checkpoint of another model is refused, naming the keys."""

import pytest

torch = pytest.importorskip('torch')
pytest.importorskip('mmengine')

from mmpose_lightkpt.checkpoints import check_checkpoint  # noqa: E402

pytestmark = pytest.mark.mmpose


def small_model(hidden=5):
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, hidden, 1),
        torch.nn.BatchNorm2d(hidden),
        torch.nn.Conv2d(hidden, 2, 1),
    )


@pytest.fixture
def saved(tmp_path):
    """Return a function that saves a state and returns the path."""

    def save(state, name='some.pth'):
        torch.save(dict(state_dict=state, meta={}), tmp_path / name)
        return str(tmp_path / name)

    return save


def test_its_own_checkpoint_fits(saved):
    model = small_model()
    check_checkpoint(model, saved(model.state_dict()))


def test_a_bare_state_dict_and_one_of_a_wrapped_model_fit(tmp_path):
    model = small_model()
    path = str(tmp_path / 'bare.pth')
    state = {'module.' + k: v for k, v in model.state_dict().items()}
    torch.save(state, path)
    check_checkpoint(model, path)


def test_counters_of_batch_norm_may_be_absent(saved):
    state = small_model().state_dict()
    del state['1.num_batches_tracked']
    check_checkpoint(small_model(), saved(state))


def test_missing_unknown_and_misshapen_keys_are_named(saved):
    state = small_model().state_dict()
    state['other.weight'] = state.pop('0.bias')
    state['2.weight'] = torch.zeros(7, 5, 1, 1)
    path = saved(state)
    with pytest.raises(ValueError) as error:
        check_checkpoint(small_model(), path)
    message = str(error.value)
    assert message.startswith(path)
    for part in ('0.bias', 'other.weight', '2.weight (7, 5, 1, 1)'):
        assert part in message


def test_a_pretrained_part_is_enough_when_training_starts(saved):
    state = small_model().state_dict()
    part = {'0.weight': state['0.weight'], 'fc.weight': torch.zeros(2, 2)}
    check_checkpoint(small_model(), saved(part), partial=True)
    with pytest.raises(ValueError, match='nothing in this checkpoint fits'):
        check_checkpoint(
            small_model(), saved({'fc.weight': torch.ones(2)}), partial=True
        )


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='none.pth'):
        check_checkpoint(small_model(), str(tmp_path / 'none.pth'))


def test_a_truncated_file_is_named(saved):
    path = saved(small_model().state_dict(), 'torn.pth')
    with open(path, 'rb') as file:
        start = file.read(500)
    with open(path, 'wb') as file:
        file.write(start)
    with pytest.raises(ValueError, match='torn.pth: not a checkpoint'):
        check_checkpoint(small_model(), path)
