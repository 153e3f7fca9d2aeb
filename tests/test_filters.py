import numpy as np
import pytest
from scipy import ndimage

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
    assert (filters.gaussian_blur(5) == filters.gaussian_blur(5, sigma=5 / 4)).all()


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


def test_filters_have_the_widths_that_lesson_05_names():
    near, far = filters.filter_bank()[8, 9:11, :18:6]  # of u · exp(−u² / 2s²), at u = 1 and 2
    assert np.allclose(np.sqrt(1.5 / np.log(2 * near / far)), [1, 1.5, 2.2])


def test_each_filter_is_the_upright_one_turned_clockwise():
    bank = filters.filter_bank()
    for i in range(36):
        turned = ndimage.rotate(bank[..., i // 6 * 6], -30 * (i % 6), reshape=False)
        assert np.corrcoef(turned.ravel(), bank[..., i].ravel())[0, 1] > 0.95, i


def test_first_edge_filter_answers_to_upright_edges_alone():
    edge = np.tile(np.arange(17) >= 8, (17, 1)).astype(float)
    first = filters.filter_bank()[..., 0]
    assert abs((first * edge).sum()) > 0.4
    assert abs((first * edge.T).sum()) < 0.05


def test_gray_of_gray_is_itself():
    shades = np.repeat(np.arange(256)[None, :, None], 3, axis=2)
    assert np.allclose(filters.to_gray(shades), np.arange(256))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: filters.box_blur(0), ValueError, "size must be a positive integer.*size=0"),
        (lambda: filters.box_blur(2.5), TypeError, "size must be a positive integer.*size=2.5"),
        (lambda: filters.box_blur(10**6), ValueError, "size .* of at most 999; received size=1000"),
        (lambda: filters.gaussian_blur(4), ValueError, "size must be odd.*size=4"),
        (lambda: filters.gaussian_blur(5, 0), ValueError, r"sigma must be a number in \[0.01, inf"),
        (lambda: filters.gaussian_blur(3, 1e-200), ValueError, "sigma must be .*sigma=1e-200"),
        (lambda: filters.gaussian_blur(5, float("nan")), ValueError, "sigma must be .*sigma=nan"),
        (lambda: filters.gaussian_blur(5, "1"), TypeError, "sigma must be .*sigma='1'"),
        (lambda: filters.filter_bank(16), ValueError, "size must be odd.*size=16"),
        (
            lambda: filters.filter_bank(1),
            ValueError,
            "size must be .* at least 3; .*size=1",
        ),
        (lambda: filters.filter_bank(103), ValueError, "size .* of at most 101"),
        (lambda: filters.filter_bank(17, 0), ValueError, "orientations must be.*orientations=0"),
        (lambda: filters.filter_bank(17, 181), ValueError, "orientations .* of at most 180"),
        (lambda: filters.filter_bank(scales=(1, -2)), ValueError, r"scales .*\[0.1, 100\]; .*=-2"),
        (lambda: filters.filter_bank(scales=(1, 0.05)), ValueError, "scales must be.*scales=0.05"),
        (lambda: filters.filter_bank(scales=(1, "a")), TypeError, "scales must be.*scales='a'"),
        (
            lambda: filters.filter_bank(scales=()),
            ValueError,
            r"scales must be a list .*scales=\(\)",
        ),
        (lambda: filters.filter_bank(scales=[1] * 21), ValueError, "scales must be a list of 1 to"),
        (lambda: filters.filter_bank(scales=2.0), ValueError, "scales must be a list.*scales=2.0"),
        (lambda: filters.to_gray(np.ones((4, 4))), ValueError, r"image.shape must be \(h, w, 3\)"),
        (lambda: filters.to_gray(np.ones((4, 4, 3)) * 1j), TypeError, "image.dtype.*complex128"),
        (lambda: filters.shifted(np.ones((4, 4)), 0, 0), ValueError, r"images.shape must be \(n"),
        (lambda: filters.shifted(np.ones((1, 4, 4, 1)), 0.5, 0), TypeError, "down must be.*=0.5"),
        (lambda: filters.shifted(np.ones((1, 4, 4, 1)), 0, True), TypeError, "right must be"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_gray_weighs_red_green_and_blue():
    assert filters.to_gray([[[100, 10, 1]]]).item() == pytest.approx(29.9 + 5.87 + 0.114)


@pytest.mark.parametrize("sigma", [0.01, 1e-2, 0.5, 1e6, 1e200])
def test_gaussian_is_a_kernel_however_narrow_or_wide(sigma):
    bell = filters.gaussian_blur(3, sigma)
    assert np.isfinite(bell).all() and bell.sum() == pytest.approx(1)
    assert bell[1, 1] == pytest.approx({0.01: 1, 0.5: 0.6187}.get(sigma, 1 / 9), abs=1e-3)


@pytest.mark.parametrize(("size", "scale"), [(3, 0.1), (3, 100), (101, 0.1), (101, 100)])
def test_filter_bank_is_balanced_at_the_ends_of_its_range(size, scale):
    bank = filters.filter_bank(size, 4, (scale,))
    assert np.allclose(bank.sum(axis=(0, 1)), 0)
    assert np.allclose(np.abs(bank).sum(axis=(0, 1)), 1)


def test_filter_bank_is_the_derivative_of_a_bell():
    """Along u, upright: a long bell, differentiated by central differences, balanced, scaled."""
    scale, step = 1.5, 1e-4
    bank = filters.filter_bank(17, 6, (1.0, scale, 2.2))

    def bell(u, v):
        return np.exp(-(u**2 + (v / 3) ** 2) / (2 * scale**2))

    u, v = np.meshgrid(np.arange(-8.0, 9), np.arange(-8.0, 9))
    first = (bell(u - step, v) - bell(u + step, v)) / (2 * step)
    second = (bell(u + step, v) - 2 * bell(u, v) + bell(u - step, v)) / step**2
    for index, derivative in ((6, first), (18 + 6, second)):
        balanced = derivative - derivative.mean()
        expected = balanced / np.abs(balanced).sum()
        np.testing.assert_allclose(bank[..., index], expected, atol=1e-6)


@pytest.mark.parametrize("k", range(6))
def test_angles_of_the_filter_bank_turn_clockwise_from_upright(k):
    bank, r = filters.filter_bank(), np.linspace(-8, 8, 81)
    row, column = 8 - r * np.cos(k * np.pi / 6), 8 + r * np.sin(k * np.pi / 6)
    stroke = np.zeros((17, 17))
    stroke[np.rint(row).astype(int), np.rint(column).astype(int)] = 1
    assert np.einsum("ij,ijk->k", stroke, bank[..., 24:30]).argmin() == k
    np.testing.assert_allclose(bank[..., [3, 21]], bank[..., [0, 18]].swapaxes(0, 1), atol=1e-12)


@pytest.mark.parametrize("down", [-2, 0, np.int8(1)])
@pytest.mark.parametrize("right", [-1, 0, 2])
def test_shifted_is_a_correlation_with_a_single_one(down, right):
    images = np.zeros((2, 7, 8, 3), np.uint8)
    images[:, 2:5, 2:6] = np.random.default_rng(0).integers(1, 256, (2, 3, 4, 3))
    kernel = np.zeros((1, 5, 5, 1))
    kernel[0, 2 - down, 2 - right] = 1
    moved = filters.shifted(images, down, right)
    assert moved.dtype == np.uint8
    np.testing.assert_array_equal(moved, ndimage.correlate(images, kernel, mode="constant"))


@pytest.mark.parametrize("move", [(1, 0), (-1, 0), (0, 1), (0, -1), (9, 0), (0, -(10**6))])
def test_nothing_may_leave_the_picture(move):
    full = np.ones((1, 4, 5, 1))
    with pytest.raises(ValueError, match=rf"down, right must be .*\({move[0]}, {move[1]}\)"):
        filters.shifted(full, *move)
    assert not filters.shifted(0 * full, *move).any()
