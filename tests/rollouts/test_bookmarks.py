import numpy as np

from rlvis.rollouts.bookmarks import Bookmark, Extreme, episode_slices, find_bookmarks, find_extremes


def test_episodes_cover_the_trajectory():
    assert episode_slices(np.array([0, 0, 1, 0, 1, 0], bool)) == [slice(0, 3), slice(3, 5), slice(5, 6)]
    assert episode_slices(np.array([0, 0, 1], bool)) == [slice(0, 3)]
    assert episode_slices(np.array([0, 0], bool)) == [slice(0, 2)]


def test_one_of_each_sign_per_episode_the_first_of_ties():
    advantages = np.array([0.5, -1, 0.5, -1, 2, -3, 0, 0], np.float32)
    dones = np.array([0, 0, 0, 1, 0, 1, 0, 0], bool)
    low, high = find_bookmarks([advantages], [dones])
    assert low == [Bookmark(0, 5, -3.0), Bookmark(0, 1, -1.0)]
    assert high == [Bookmark(0, 4, 2.0), Bookmark(0, 0, 0.5)]


def test_most_extreme_first_over_all_trajectories_and_no_more_than_asked():
    advantages = [np.array([float(i), -float(i)], np.float32) for i in (1, 3, 2)]
    low, high = find_bookmarks(advantages, [np.array([False, True])] * 3, count=2)
    assert [bookmark.trajectory for bookmark in low] == [1, 2] == [bookmark.trajectory for bookmark in high]


def test_an_episode_that_went_as_expected_has_none():
    assert find_bookmarks([np.zeros(4, np.float32)], [np.zeros(4, bool)]) == ([], [])


def test_extremes_keep_their_distance_and_leave_out_what_is_unknown():
    values = [np.array([5, 1, 2, 9, np.nan, 3], np.float32), np.array([0.5, 8], np.float32)]
    assert find_extremes(values, 3, spacing=2) == [Extreme(1, 0, 0.5), Extreme(0, 1, 1.0), Extreme(0, 5, 3.0)]
    assert find_extremes(values, 2, highest=True, spacing=2) == [Extreme(0, 3, 9.0), Extreme(1, 1, 8.0)]
    assert find_extremes([np.full(3, np.nan)], 2) == []
