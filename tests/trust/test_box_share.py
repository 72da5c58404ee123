import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.environments import EnvironmentSpecification
from rlvis.errors import OptionError
from rlvis.trust.box_share import box_share, find_box


def test_share_is_the_sum_in_the_box_over_the_sum():
    maps = np.random.default_rng(0).standard_normal((3, 6, 8))
    maps[2] = 0
    share = box_share(maps, (slice(1, 3), slice(4, 7)), (6, 8))
    for each, found in zip(maps[:2], share, strict=False):
        inside = sum(abs(each[row, column]) for row in (1, 2) for column in (4, 5, 6))
        assert found == pytest.approx(inside / np.abs(each).sum())
    assert np.isnan(share[2])


def test_an_even_map_has_the_share_of_the_area_at_any_size():
    assert_allclose(box_share(np.ones((1, 3, 4)), (slice(0, 3), slice(2, 4)), (12, 8)), 3 * 2 / (12 * 8))


def test_boxes_have_names():
    assert find_box("1:3,4:7", (6, 8), 3) == (slice(1, 3), slice(4, 7))
    assert find_box("hint", (64, 64), 15, EnvironmentSpecification("hint", "coinrun")) == (slice(11, 13), slice(29, 58))


@pytest.mark.parametrize("text", ["3:3,4:7", "1:9,4:7", "1:3,4:9", "1:3", "corner"])
def test_what_is_no_box_in_the_picture_is_refused(text):
    with pytest.raises(OptionError, match="within 6 × 8"):
        find_box(text, (6, 8), 3)


def test_there_are_no_hints_where_none_are_drawn():
    with pytest.raises(OptionError, match="without hints"):
        find_box("hint", (64, 64), 15, EnvironmentSpecification("procgen", "coinrun"))
