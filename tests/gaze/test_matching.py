import bz2
import tarfile
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.errors import DatasetError
from rlvis.gaze.agent_maps import replay_options, replay_trial
from rlvis.gaze.fixations import collect_fixations
from rlvis.gaze.frame_archive import frame_numbers
from rlvis.gaze.matching import match_gaze, notes_on


@pytest.fixture
def holed(recorded, tmp_path):
    """The recording without frames 6 and 7, and without the lines of frames 7, 20 and 21."""
    _, trial, *_ = recorded
    archive, text = tmp_path / "7_a.tar.bz2", tmp_path / "7_a.txt"
    with tarfile.open(trial.archive) as old, bz2.open(archive, "wb") as stream, tarfile.open(fileobj=stream, mode="w|") as new:
        for member in old.getmembers():
            if not member.name.endswith(("_6.png", "_7.png")):
                new.addfile(member, old.extractfile(member))
    lines = trial.gaze_file.read_text().splitlines()
    text.write_text("\n".join(line for line in lines if line.split(",")[0].rsplit("_")[-1] not in ("7", "20", "21")))
    return replace(trial, archive=archive, gaze_file=text)


def test_files_that_belong_together_have_no_notes(recorded):
    assert notes_on(recorded[1]) == []


def test_frames_are_shown_in_order_and_gaze_is_found_by_number(recorded, holed, watcher):
    _, _, pictures, gaze = recorded
    kept = [number for number in range(1, 43) if number not in (6, 7)]
    matched = match_gaze(holed)
    assert_array_equal(matched.gaze.numbers, kept)
    assert (matched.frames_without_line, matched.lines_without_frame, matched.gaps) == (2, 1, 1)
    for number, positions in zip(kept, matched.gaze.positions, strict=True):
        assert_allclose(positions, gaze[number - 1] if number not in (20, 21) else np.zeros((0, 2)))
    assert matched.gaze.actions[kept.index(20)] == -1
    steps = list(replay_trial(holed, replay_options(watcher)))
    assert len(steps) == len(collect_fixations(matched.gaze)) == 10
    assert_array_equal(steps[2].picture, np.maximum(pictures[9], pictures[10]))
    notes = " ".join(notes_on(holed))
    for expected in ("has 40 frames where the table says 42", "2 frames have no line", "1 lines of the text file are for frames", "have 1 gaps"):
        assert expected in notes


def test_files_of_different_trials(recorded, tmp_path):
    _, trial, *_ = recorded
    text = tmp_path / "other.txt"
    text.write_text("header\n" + "".join(f"A_b_{number},0,0,50,0,0,null\n" for number in range(30, 90)))
    with pytest.raises(DatasetError, match="other.txt has no line for 29 of the 42 frames in .*do not belong together"):
        match_gaze(replace(trial, gaze_file=text))


def test_a_trial_without_gaze(recorded, tmp_path):
    _, trial, *_ = recorded
    text = tmp_path / "blind.txt"
    text.write_text("header\n" + "".join(f"A_b_{number},null,null,50,0,0,null\n" for number in range(1, 43)))
    blind = replace(trial, gaze_file=text)
    assert notes_on(blind) == ["Trial 7: there is no gaze at all, so nothing can be scored."]
    assert not any(map(len, collect_fixations(match_gaze(blind).gaze).pixels))


def test_an_archive_without_frames(tmp_path):
    with tarfile.open(tmp_path / "empty.tar.bz2", "w:bz2"):
        pass
    with pytest.raises(DatasetError, match="no member is a frame"):
        frame_numbers(tmp_path / "empty.tar.bz2")
