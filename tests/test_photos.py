"""Photographs: which there are, and their middle squares."""

import numpy as np
import pytest
from PIL import Image

from helpers.photos import photographs, square


def test_without_a_folder_there_are_two(tmp_path):
    for folder in (tmp_path / "none", tmp_path):
        found = photographs(folder)
        assert list(found) == ["china.jpg", "flower.jpg"]
        assert all(photo.shape == (427, 640, 3) for photo in found.values())


def test_a_learners_own_are_taken_by_name_in_colour_and_upright(tmp_path):
    Image.new("L", (5, 4), 128).save(tmp_path / "grey.png")
    sideways = Image.new("RGB", (6, 3), (255, 0, 0))
    exif = sideways.getexif()
    exif[0x0112] = 6  # the camera was held upright
    sideways.save(tmp_path / "b.jpg", exif=exif)
    (tmp_path / ".hidden").write_text("not a picture")
    found = photographs(str(tmp_path))
    assert {name: photo.shape for name, photo in found.items()} == {
        "b.jpg": (6, 3, 3),
        "grey.png": (4, 5, 3),
    }
    assert (found["grey.png"] == 128).all()


def test_what_is_no_picture_is_named(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(ValueError, match=r"folder must be one of pictures .*notes\.txt"):
        photographs(tmp_path)


def test_the_middle_is_cut_out():
    photo = np.zeros((4, 8, 3), np.uint8)
    photo[:, 2:6] = (10, 20, 30)
    assert (square(photo, 4) == (10, 20, 30)).all()
    assert square(photo, 7).shape == (7, 7, 3)


@pytest.mark.parametrize(
    "photo", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), [[0]], np.zeros((4, 4, 4), np.uint8)]
)
def test_what_is_no_photograph_is_refused(photo):
    with pytest.raises(ValueError, match="photo must be an array of uint8"):
        square(photo, 4)
    with pytest.raises(ValueError, match=r"size must be .*at most 10,000"):
        square(np.zeros((4, 4, 3), np.uint8), 10**5)
    with pytest.raises(ValueError, match="size must be a positive integer"):
        square(np.zeros((4, 4, 3), np.uint8), 0)
