import base64
import io
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from bs4 import BeautifulSoup
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from rlvis.checkpoints import save
from rlvis.command_line import main
from rlvis.errors import OptionError
from rlvis.gaze.agreement import trial_fixations
from rlvis.gaze.agent_maps import replay_options
from rlvis.gaze.atari_head import list_trials
from rlvis.gaze.controls import centre_bias, mean_fixation_map
from rlvis.gaze.fixations import fixation_density
from rlvis.gaze.metrics import METRICS
from rlvis.gaze.options import GazeOptions
from rlvis.gaze.results import measure_agreement, write_results

OPTIONS = GazeOptions(batch_size=11)


def read_picture(address):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,")))))


@pytest.fixture(scope="module")
def measured(recorded, watcher, tmp_path_factory):
    output = tmp_path_factory.mktemp("results")
    measurement = measure_agreement(watcher, recorded[0], OPTIONS, quiet=True)
    write_results(output, measurement)
    return output, measurement.summary


def test_what_is_written(measured):
    output, result = measured
    assert json.loads((output / "gaze.json").read_text()) == json.loads(json.dumps(result))
    arrays = np.load(output / "gaze.npz")
    assert list(result["overall"]) == ["agent", "random network", "centre bias", "mean fixation map"]
    for trial in result["trials"]:
        for source in result["overall"]:
            for metric in METRICS:
                values = arrays[f"{trial['trial']}/{source}/{metric}"]
                found = trial["scores"][source][metric]
                assert len(values) == trial["observations"]
                assert_allclose(found["mean"], np.nanmean(values))
                assert found["interval"][0] <= found["mean"] <= found["interval"][1]
                assert found["defined"] == np.isfinite(values).sum() <= trial["observations_with_gaze"] == (arrays[f"{trial['trial']}/fixations"] > 0).sum()
    for source, metrics in result["overall"].items():
        for metric, score in metrics.items():
            assert_allclose(score["mean"], np.mean([trial["scores"][source][metric]["mean"] for trial in result["trials"]]))
            assert score["trials"] == 2


def test_the_mean_fixation_map_is_of_the_other_trials(recorded, watcher, measured):
    trials = list_trials(recorded[0], "mspacman")
    own, other = (trial_fixations(trial, replay_options(watcher), OPTIONS) for trial in trials)
    density = mean_fixation_map([other], 5.0)
    assert_allclose(density, 0.99 * fixation_density(np.concatenate(other.pixels), (210, 160), 5.0) + 0.01 / (210 * 160))
    values = np.load(measured[0] / "gaze.npz")["7/mean fixation map/sim"]
    number = int(np.argmax([len(pixels) for pixels in own.pixels]))
    assert_allclose(values[number], np.minimum(density, fixation_density(own.pixels[number], (210, 160), 5.0)).sum())


def test_trials_without_gaze_and_left_out_trials_are_noted(recorded, watcher, tmp_path):
    shutil.copytree(recorded[0], tmp_path / "data")
    for trial in list_trials(tmp_path / "data", "mspacman")[:1]:
        trial.gaze_file.write_text("header\n" + "".join(f"A_b_{number},0,0,50,0,0,null\n" for number in range(1, 43)))
    with open(tmp_path / "data" / "meta_data.csv", "a") as table:
        table.write("MsPacman,13,,4,0\n")
    found = measure_agreement(watcher, tmp_path / "data", replace(OPTIONS, max_observations=2), quiet=True).summary
    assert found["notes"] == ["Trial 7: there is no gaze at all, so nothing can be scored.", "Left out, since their lines in meta_data.csv have empty fields: 13."]
    blind, other = found["trials"]
    assert all(score["mean"] is None for source in blind["scores"].values() for score in source.values())
    assert blind["observations_with_gaze"] == 0
    assert {source: metrics["nss"]["trials"] for source, metrics in found["overall"].items()} == {"agent": 1, "random network": 1, "centre bias": 1, "mean fixation map": 0}
    assert other["scores"]["mean fixation map"]["nss"]["mean"] is None


def test_people_agree_with_the_centre_of_a_picture():
    bias = centre_bias((210, 160))
    assert_allclose(bias, bias[::-1, ::-1])
    assert np.unravel_index(bias.argmax(), bias.shape) in {(104, 79), (104, 80), (105, 79), (105, 80)}


def test_the_same_numbers_again_whatever_the_batches(recorded, watcher, measured, tmp_path):
    write_results(tmp_path, measure_agreement(watcher, recorded[0], replace(OPTIONS, batch_size=4, trials=("12",), controls=False), quiet=True))
    again, before = np.load(tmp_path / "gaze.npz"), np.load(measured[0] / "gaze.npz")
    for metric in METRICS:
        # Areas count which of two values is larger, and rounding decides that where a map is flat.
        if "auc" not in metric:
            assert_allclose(again[f"12/agent/{metric}"], before[f"12/agent/{metric}"], atol=1e-5)
    assert_array_equal(again["12/fixations"], before["12/fixations"])


def test_unknown_trials_methods_and_games(recorded, watcher, corridor_agent):
    for options, message in [
        (GazeOptions(trials=("8",)), "no trial 8 of this game; there are 7, 12"),
        (GazeOptions(method="attentoin"), "did you mean 'attention'"),
        (GazeOptions(target="logit:9"), "unknown output 'logit:9'"),
    ]:
        with pytest.raises(OptionError, match=message):
            measure_agreement(watcher, recorded[0], options, quiet=True)
    with pytest.raises(OptionError, match="name one of the dataset's with --game"):
        measure_agreement(corridor_agent, recorded[0], quiet=True)


def test_command(recorded, watcher, tmp_path, capsys):
    save(tmp_path / "agent.safetensors", watcher)
    arguments = ["gaze", str(tmp_path / "agent.safetensors"), "--atari-head", str(recorded[0]), "-o", str(tmp_path / "out"), "--quiet"]
    assert main([*arguments, "--no-controls", "--max-observations", "3", "--batch-size", "11", "--trials", "7"]) == 0
    assert "agent  nss" in capsys.readouterr().out
    page = BeautifulSoup((tmp_path / "out" / "gaze.html").read_text(), "html.parser")
    assert page.title.text == "cnn_sparse_fls and human gaze: MsPacman"
    assert len(page.select("polyline")) == 6
    first, second = (read_picture(image["src"]) for image in page.select(".frames img")[:2])
    assert first.shape == second.shape == (210, 160, 3)
    assert (first == (255, 64, 64)).all(-1).sum() >= 9
    assert not page.select("script, link") and "default-src 'none'" in page.select_one("meta[http-equiv]")["content"]
    result = json.loads((tmp_path / "out" / "gaze.json").read_text())
    assert (result["method"], result["trials"][0]["observations"], list(result["overall"])) == ("attention", 3, ["agent"])
    assert main([*arguments, "--game", "enduro"]) == 2
    assert "has no trials of enduro" in capsys.readouterr().err
