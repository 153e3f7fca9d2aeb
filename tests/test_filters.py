import numpy as np
import pytest

from helpers import filters


def test_sobel_differences_right_minus_left_and_bottom_minus_top():
    column, row = np.meshgrid(np.arange(3), np.arange(3))
    assert (filters.SOBEL_X * column).sum() == (filters.SOBEL_Y * row).sum() == 8
    assert (filters.SOBEL_X * row).sum() == (filters.SOBEL_Y * column).sum() == 0


@pytest.mark.parametrize(
    ("kernel", "total"),
    [("SOBEL_X", 0), ("SOBEL_Y", 0), ("OUTLINE", 0), ("SHARPEN", 4)],
)
def test_kernels_add_up(kernel, total):
    assert getattr(filters, kernel).sum() == total


@pytest.mark.parametrize("size", [1, 3, 5, 9, 17])
def test_blurs_keep_the_brightness(size):
    assert filters.box_blur(size).sum() == pytest.approx(1)
    bell = filters.gaussian_blur(size)
    assert bell.sum() == pytest.approx(1)
    assert bell.argmax() == bell.size // 2
    assert np.allclose(bell, bell.T) and np.allclose(bell, bell[::-1])


def test_gaussian_falls_off_as_the_formula_says():
    bell = filters.gaussian_blur(5, sigma=2.0)
    assert bell[2, 4] / bell[2, 2] == pytest.approx(np.exp(-4 / 8))


def test_filter_bank_holds_36_balanced_filters_that_differ():
    bank = filters.filter_bank()
    assert bank.shape == (17, 17, 36)
    assert np.allclose(bank.sum(axis=(0, 1)), 0)
    assert np.allclose(np.abs(bank).sum(axis=(0, 1)), 1)
    flat = bank.reshape(-1, 36)
    alike = np.abs(np.corrcoef(flat.T) - np.eye(36))
    assert alike.max() < 0.99


def test_edge_filters_are_odd_and_bar_filters_even_under_half_a_turn():
    bank = filters.filter_bank()
    turned = bank[::-1, ::-1]
    assert np.allclose(turned[..., :18], -bank[..., :18])
    assert np.allclose(turned[..., 18:], bank[..., 18:])


def test_first_edge_filter_answers_to_upright_edges_alone():
    edge = np.tile(np.arange(17) >= 8, (17, 1)).astype(float)
    first = filters.filter_bank()[..., 0]
    assert abs((first * edge).sum()) > 0.4
    assert abs((first * edge.T).sum()) < 0.05


def test_frame_and_bar_is_black_and_white_and_mirrored():
    image = filters.frame_and_bar(64)
    assert set(np.unique(image)) == {0, 255} and image.dtype == np.uint8
    assert np.array_equal(image, image[:, ::-1]) and np.array_equal(image, image[::-1])
    assert image[32, 8] == image[32, 32] == 255 and image[20, 32] == image[0, 0] == 0


def test_heart_is_pink_on_white_with_report_ds_red():
    image = filters.heart(200)
    assert image.shape == (200, 200, 3) and image.dtype == np.uint8
    red = image[..., 0]
    assert (red.min(), red.max()) == (244, 254)
    assert np.array_equal(image, image[:, ::-1])
    assert 0.2 < (red == 244).mean() < 0.6


def test_gray_of_gray_is_itself():
    shades = np.repeat(np.arange(256)[None, :, None], 3, axis=2)
    assert np.allclose(filters.to_gray(shades), np.arange(256))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: filters.box_blur(0), ValueError, "size must be a positive integer.*size=0"),
        (lambda: filters.box_blur(2.5), TypeError, "size must be a positive integer.*size=2.5"),
        (lambda: filters.gaussian_blur(4), ValueError, "size must be odd.*size=4"),
        (lambda: filters.gaussian_blur(5, 0), ValueError, "sigma must be positive.*sigma=0"),
        (lambda: filters.gaussian_blur(5, float("nan")), ValueError, "sigma must be positive"),
        (lambda: filters.filter_bank(16), ValueError, "size must be odd.*size=16"),
        (lambda: filters.filter_bank(17, 0), ValueError, "orientations must be.*orientations=0"),
        (lambda: filters.filter_bank(1), ValueError, "size must be odd and at least 3.*size=1"),
        (lambda: filters.filter_bank(scales=(1, -2)), ValueError, "scales must be numbers of at"),
        (lambda: filters.filter_bank(scales=(1, 0.05)), ValueError, "scales must be numbers of at"),
        (lambda: filters.filter_bank(scales=()), ValueError, "scales must be numbers of at"),
        (lambda: filters.frame_and_bar(8), ValueError, "size must be at least 16.*size=8"),
        (lambda: filters.heart(-1), ValueError, "size must be a positive integer.*size=-1"),
        (lambda: filters.to_gray(np.ones((4, 4))), ValueError, r"image must have shape.*\(4, 4\)"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
