import numpy as np
import pytest

from helpers import drawings


def test_frame_and_bar_is_black_and_white_and_mirrored():
    image = drawings.frame_and_bar(64)
    assert set(np.unique(image)) == {0, 255} and image.dtype == np.uint8
    assert np.array_equal(image, image[:, ::-1]) and np.array_equal(image, image[::-1])
    assert image[32, 8] == image[32, 32] == 255 and image[20, 32] == image[0, 0] == 0


def test_heart_is_pink_on_white_with_report_ds_red():
    image = drawings.heart(200)
    assert image.shape == (200, 200, 3) and image.dtype == np.uint8
    red = image[..., 0]
    assert (red.min(), red.max()) == (244, 254)
    assert np.array_equal(image, image[:, ::-1])
    assert 0.2 < (red == 244).mean() < 0.6
    rows = np.flatnonzero((red == 244).any(axis=1))
    assert (red[rows[-1]] == 244).sum() < (red[rows[0]] == 244).sum()  # it stands on its tip


@pytest.mark.parametrize("size", [16, 31, np.int8(64), np.uint8(200)])
def test_frame_and_bar_keeps_to_sixteenths_of_its_size(size):
    image, unit = drawings.frame_and_bar(size), int(size) // 16
    assert image.shape == (size, size)
    corner = image[: 4 * unit, : 4 * unit]
    assert np.array_equal(np.argwhere(corner)[0], [2 * unit, 2 * unit])
    assert not corner[3 * unit :, 3 * unit :].any()
    assert not image[4 * unit : -4 * unit, 3 * unit : 5 * unit].any()
    bar = image[:, 5 * unit : -5 * unit] == 255
    middle = bar[4 * unit : -4 * unit]
    assert middle.any(axis=1).sum() == 2 * unit and middle.all(axis=1).sum() == 2 * unit


@pytest.mark.parametrize(
    ("draw", "size", "error", "rule"),
    [
        (drawings.frame_and_bar, 15, ValueError, "an integer of at least 16"),
        (drawings.frame_and_bar, 5000, ValueError, "of at most 4,096"),
        (drawings.frame_and_bar, 64.0, TypeError, "an integer of at least 16"),
        (drawings.heart, -1, ValueError, "a positive integer"),
        (drawings.heart, 1000, ValueError, "of at most 999"),
        (drawings.heart, True, TypeError, "a positive integer"),
    ],
)
def test_a_size_that_is_none_is_named(draw, size, error, rule):
    with pytest.raises(error, match=f"size must be .*{rule}; received size={size}"):
        draw(size)
