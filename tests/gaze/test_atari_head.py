import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.errors import DatasetError
from rlvis.gaze.atari_head import incomplete_trials, list_trials, read_gaze


def test_trials_of_a_game(recorded):
    directory, *_ = recorded
    trials = list_trials(directory, "ms_pacman")
    assert [(trial.number, trial.game, trial.num_frames) for trial in trials] == [(7, "MsPacman", 42), (12, "MsPacman", 22)]
    assert len(list_trials(directory)) == 3
    with pytest.raises(DatasetError, match="no trials of enduro; it has Breakout, MsPacman"):
        list_trials(directory, "enduro")


def touch(directory, *names):
    directory.mkdir(exist_ok=True)
    for name in names:
        (directory / name).touch()


def test_table_of_the_authors(tmp_path):
    touch(tmp_path / "game", "52_RZ_1_Aug-10.tar.bz2", "52_RZ_1_Aug-10.txt", "53_RZ_1_Aug-10.tar.bz2", "53_RZ_1_Aug-10.txt")
    lines = ["Game,TrialNumber,SubjectID,NumberOfFrames", "Mspacman,52,RZ,19806", "Mspacman,53,RZ,", "Mspacman,54,,7", ",,,", "Mspacman,53.0,RZ,12", "Enduro,9,NaN,5", "Mspacman,,RZ,3"]
    (tmp_path / "meta_data.csv").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert [(trial.game, trial.number, trial.num_frames) for trial in list_trials(tmp_path, "mspacman")] == [("MsPacman", 52, 19806), ("MsPacman", 53, 12)]
    assert incomplete_trials(tmp_path, "ms_pacman") == (54,)
    assert incomplete_trials(tmp_path) == (9, 54)


def test_table_of_the_later_versions(tmp_path):
    touch(tmp_path, "193_RZ_3_Sep-10.tar.bz2", "193_RZ_3_Sep-10.txt")
    columns = "GameName,trial_id,subject_id,load_trial,highest_score,total_frame,total_game_play_time,total_episode,avg_error,max_error,low_sampling_rate,frame_averaging,fps"
    (tmp_path / "meta_data.csv").write_text(f"{columns}\nbank_heist,193,R,0,5,100,9,1,0.3,0.5,0.98%,TRUE,20\nbank_heist_highscore,194,R,0,5,100,9,1,0.3,0.5,0.98%,TRUE,20\n")
    assert [(trial.number, trial.num_frames) for trial in list_trials(tmp_path, "BankHeist")] == [(193, 100)]


@pytest.mark.parametrize("table, message", [(None, "there is no"), ("A,B\n1,2\n", "has the columns A, B; expected Game"), ("Game,TrialNumber,NumberOfFrames\nx,y,z\n", "cannot be read")])
def test_a_table_that_cannot_be_used(tmp_path, table, message):
    if table is not None:
        (tmp_path / "meta_data.csv").write_text(table)
    with pytest.raises(DatasetError, match=message):
        list_trials(tmp_path)


def test_gaze_of_a_recording(recorded):
    _, trial, _, gaze = recorded
    found = read_gaze(trial.gaze_file)
    assert_array_equal(found.numbers, np.arange(1, 43))
    for positions, expected in zip(found.positions, gaze, strict=True):
        assert_allclose(positions, expected)


def test_gaze_with_missing_values_and_in_any_order(tmp_path):
    path = tmp_path / "gaze.txt"
    path.write_text("\ufeffframe_id,episode_id,score,duration(ms),unclipped_reward,action,gaze_positions\nA_b_3,null,null,null,null,null,null\nA_b_1,2,0,50,7,1,10.5,20.25,30,40\n\nA_b_2,0,0,50,0,1\n")
    found = read_gaze(path)
    assert_array_equal(found.numbers, [1, 2, 3])
    assert_allclose(found.positions[0], [[10.5, 20.25], [30, 40]])
    assert (found.actions.tolist(), found.rewards.tolist(), found.episodes.tolist()) == ([1, 1, -1], [7, 0, 0], [2, 0, -1])
    assert found.positions[1].shape == found.positions[2].shape == (0, 2)


@pytest.mark.parametrize("line", ["frame,0,0,0,0,0,1,2", "A_b,0,0,0,0,0,1,2", "A_1,0,0,0,0,0,1,2,3", "A_1,0,0,0,0,0,here,there", "A_1,0,0,0,0,up,1,2"])
def test_damaged_gaze_names_the_line(tmp_path, line):
    path = tmp_path / "gaze.txt"
    path.write_text(f"header\nA_1,0,0,50,0,1,1,2\n{line}\n")
    with pytest.raises(DatasetError, match="line 3: expected frame_id"):
        read_gaze(path)


def test_no_gaze_at_all(tmp_path):
    (tmp_path / "gaze.txt").write_text("header\n")
    with pytest.raises(DatasetError, match="no line with a frame"):
        read_gaze(tmp_path / "gaze.txt")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_gaze(tmp_path / "nothing.txt")
