import pytest

pytest.importorskip('mmpose')
pytestmark = [pytest.mark.mmpose, pytest.mark.slow]


def test_a_killed_and_resumed_training_repeats_the_uninterrupted_one(
    draw_people, train_small, tmp_path
):
    """12 samples in batches of 4: iteration 4 is the middle of epoch 2.

    One image is cut off, so that another sample is drawn for each of its own.
    """
    data = draw_people([2, 1, 3, 1, 2, 3])
    image = data / 'images' / '003.jpg'
    image.write_bytes(image.read_bytes()[:999])
    (whole,) = train_small(data, tmp_path / 'whole')
    assert [iteration for iteration, _ in whole] == list(range(9))
    train_small(data, tmp_path / 'killed', kill_at=4, killed=True)
    (killed,) = train_small(data, tmp_path / 'killed', resume=True)
    iterations = [iteration for iteration, _ in killed]
    assert iterations == [*range(5), *range(3, 9)]
    for iteration, losses in killed:
        assert losses == pytest.approx(whole[iteration][1], rel=0, abs=1e-5)
