import pytest

from rlvis.errors import DatasetError
from rlvis.gaze.trial_files import find_trial_files


def touch(directory, *names):
    directory.mkdir(exist_ok=True)
    for name in names:
        (directory / name).touch()


def test_folders_capitals_and_other_archives(tmp_path):
    touch(tmp_path / "ms_pacman", "52_RZ_1_Aug-10.tar.bz2", "52_RZ_1_Aug-10.txt", "52_RZ_1_Aug-10_opt.tar.bz2", "52_RZ_1_Aug-10_sal.tar.bz2", "combined_data.tar.bz2")
    touch(tmp_path, "007_rl_2_Jan-1.TAR.BZ2", "action_enums.txt")
    touch(tmp_path / "gaze", "007_RL_2_Jan-1.TXT", "52_RZ_1_Aug-10.txt")
    found = find_trial_files(tmp_path, [7, 52])
    assert found[52] == (tmp_path / "ms_pacman" / "52_RZ_1_Aug-10.tar.bz2", tmp_path / "ms_pacman" / "52_RZ_1_Aug-10.txt")
    assert found[7] == (tmp_path / "007_rl_2_Jan-1.TAR.BZ2", tmp_path / "gaze" / "007_RL_2_Jan-1.TXT")


def test_missing_ambiguous_and_packed_files(tmp_path):
    touch(tmp_path, "53_RZ_1_Aug-10.tar.bz2")
    with pytest.raises(DatasetError, match="trial 53 .* 53_RZ_1_Aug-10.txt is not below .*; download it"):
        find_trial_files(tmp_path, [53])
    touch(tmp_path, "ms_pacman.zip")
    with pytest.raises(DatasetError, match="54_….tar.bz2 is not below .*; unpack ms_pacman.zip if it is in there"):
        find_trial_files(tmp_path, [54])
    touch(tmp_path, "53_RZ_1_Aug-10.txt", "53_RZ_2_Aug-11.tar.bz2", "53_RZ_2_Aug-11.txt")
    with pytest.raises(DatasetError, match="trial 53 has several archives with gaze"):
        find_trial_files(tmp_path, [53])
