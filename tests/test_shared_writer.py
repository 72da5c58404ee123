import threading

import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.interface.encoded_trajectory import encode_trajectory
from rlvis.interface.interface_writer import InterfaceWriter
from rlvis.interface.reading import read_index
from rlvis.shared_writer import SharedWriter, claim_together
from tests.interface import fake_content

PLAYED = fake_content.game("procgen")


def trajectories(count):
    return [fake_content.trajectory(PLAYED, 6, index) for index in range(count)]


def test_what_is_written_in_another_thread_is_all_there(tmp_path, monkeypatch):
    threads, add = set(), InterfaceWriter.add_encoded_trajectory

    def noted(self, encoded):
        threads.add(threading.current_thread())
        return add(self, encoded)

    monkeypatch.setattr(InterfaceWriter, "add_encoded_trajectory", noted)
    with claim_together(tmp_path / "out") as directory, SharedWriter(directory, fake_content.content("procgen")) as writer:
        writer.add_trajectories(5, (encode_trajectory(fake_content.content("procgen"), index, trajectory) for index, trajectory in enumerate(trajectories(5))))
        writer.add_examples(np.zeros((3, PLAYED.height, PLAYED.width, PLAYED.channels * PLAYED.stack), np.uint8))
        writer.finish()
    assert [trajectory["label"] for trajectory in read_index(tmp_path / "out")["trajectories"]] == [trajectory.label for trajectory in trajectories(5)]
    assert len(threads) == 1 and threading.main_thread() not in threads


def test_what_goes_wrong_there_is_raised_here_and_nothing_shows(tmp_path):
    wrong = np.zeros((3, 1, 1, 1), np.uint8)
    with pytest.raises(OutputError, match="observations have shape"), claim_together(tmp_path / "out") as directory, SharedWriter(directory, fake_content.content("procgen")) as writer:
        writer.add_examples(wrong)
        writer.finish()
    assert not (tmp_path / "out" / "interface.html").exists()
