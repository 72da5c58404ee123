import json
import sys

import numpy as np
import pytest
import scipy.stats

from rlvis.errors import OptionError, OutputError
from rlvis.evaluation.evaluate import evaluate
from rlvis.evaluation.options import EvaluationOptions
from rlvis.evaluation.play import Episode
from rlvis.evaluation.results import summarize, summarize_rewards, write_results


def test_results_are_environment_by_environment(corridor_agent):
    episodes = [Episode(1, 3.0, 5, 0.1), Episode(0, 1.0, 9, 0.2), Episode(1, 4.0, 2, 0.3), Episode(1, 5.0, 2, 0.4), Episode(0, 2.0, 1, 0.5)]
    found = summarize(corridor_agent, episodes, EvaluationOptions(num_env=2, evals_per_env=2))
    assert found["rewards"] == [1.0, 2.0, 3.0, 4.0]
    assert found["lengths"] == [9, 1, 5, 2]
    assert found["elapsed_time"] == [0.2, 0.5, 0.1, 0.3]
    assert found["done_per_env"] == [2, 3]
    assert found["summary"]["mean"] == 2.5
    with pytest.raises(OptionError, match="larger --max-steps"):
        summarize(corridor_agent, [], EvaluationOptions())


def test_summary():
    rewards = np.random.default_rng(0).normal(size=30)
    found = summarize_rewards(rewards)
    assert found["interquartile_mean"] == pytest.approx(scipy.stats.trim_mean(rewards, 0.25))
    assert found["mean_interval"][0] < found["mean"] < found["mean_interval"][1]
    assert found["interquartile_mean_interval"][0] < found["interquartile_mean"] < found["interquartile_mean_interval"][1]
    assert (found["minimum"], found["maximum"], found["episodes"]) == (rewards.min(), rewards.max(), 30)


def test_evaluate_writes_what_it_returns(corridor_agent, tmp_path):
    found = evaluate(corridor_agent, tmp_path / "out", quiet=True, num_env=2, evals_per_env=3)
    text = (tmp_path / "out" / "results.json").read_text()
    assert json.loads(text) == json.loads(json.dumps(found))
    assert text.startswith('{\n    "rewards": [\n')
    assert len(found["rewards"]) == len(found["lengths"]) == len(found["elapsed_time"]) == 6
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["results.json"]


def test_a_place_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_results(tmp_path / "file" / "below", {})


def test_what_stands_in_the_way_is_found_before_playing(corridor_agent, tmp_path, monkeypatch):
    monkeypatch.setattr("rlvis.evaluation.evaluate.play", lambda *arguments: pytest.fail("it played"))
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file; give another directory|file: .*; give another directory"):
        evaluate(corridor_agent, tmp_path / "file", quiet=True)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(OptionError, match="PyAV|video"):
        evaluate(corridor_agent, tmp_path / "out", quiet=True, raw_obs=True)
