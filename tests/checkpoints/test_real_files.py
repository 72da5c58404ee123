"""Published checkpoints of other people, against recorded outputs and activations of their own programs."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.checkpoints import load
from rlvis.environments import EnvironmentSpecification
from tests.conftest import record_at_once

# Folder: file, and by golden layer the tap that is the same.
REAL = {
    "procgen-starpilot-impala-dtu": (
        "model.pt",
        {f"block{b}.{part}": f"block{b}.{part}" for b in (1, 2, 3) for part in ("conv", "pool", "res1.relu1", "res1.conv1", "res1.relu2", "res1.conv2", "res1", "res2")} | {"relufc": "dense"},
    ),
    "procgen-starpilot-nature-dtu": ("model.pt", {"relu1": "conv1", "relu2": "conv2", "relu3": "conv3", "relu_fc": "dense"}),
    "atari-pong-acktr-kostrikov": ("PongNoFrameskip-v4.pt", {"relu1": "conv1", "relu2": "conv2", "relu3": "conv3", "relu_fc": "dense"}),
    "minatar-breakout-flax-pgx": ("model.ckpt", {"relu_conv": "conv", "avgpool": "pool", "relu_fc": "dense"}),
    "nes-mario-1-1-ppo-uvipen": ("ppo_super_mario_bros_1_1", {**{f"relu{n}": f"conv{n}" for n in (1, 2, 3, 4)}, "linear": "linear"}),
    "atari-spaceinvaders-a3cgru-babya3c": ("model.80.tar", {f"elu{n}": f"conv{n}" for n in (1, 2, 3, 4)}),
}
REFERENCE = {"clear": {"2b": "2b"}, "impala": {"Relu_10": "block3.res2.relu1"}, "nature": {"Relu_2": "conv3"}}
# The recordings agree with a second implementation of their makers' to about 4e-6 in memories and 2e-5 in logits.
RELATIVE = 2e-5


def close(found, expected):
    """Equal up to the rounding of float32, relative to the largest number there is."""
    assert_allclose(found, expected, rtol=0, atol=RELATIVE * np.abs(expected).max())


def as_pictures(observations, shape):
    """Observations as `(N, H, W, C)` in [0, 1]."""
    observations = observations if observations.shape[1:] == shape else observations.transpose(0, 2, 3, 1)
    return observations / np.float32(255) if observations.dtype == np.uint8 else observations.astype(np.float32)


@pytest.mark.parametrize("name", REAL)
def test_published_agent_gives_its_recorded_outputs(name, shared):
    file, layers = REAL[name]
    checkpoint = load(shared / "models" / name / file)
    with np.load(shared / "models" / name / "golden.npz") as golden:
        for window in ("", "late_") if "late_obs" in golden else ("",):
            state = {"gru": {"h": golden[f"{window}hidden_in"]}} if f"{window}hidden_in" in golden else None
            outputs, activations = record_at_once(checkpoint.network, checkpoint.parameters, as_pictures(golden[f"{window}obs"], checkpoint.network.observation_shape), state)
            close(outputs.logits, golden[f"{window}logits"])
            close(outputs.value, golden[f"{window}value"])
            if state:
                close(outputs.state["gru"]["h"], golden[f"{window}hidden_out"])
            sample = int(golden[f"{window}sample_index"])
            for layer, tap in layers.items():
                expected = golden[f"{window}act/{layer}"]
                found = np.asarray(activations[tap][sample])
                close(found, expected.transpose(1, 2, 0) if found.shape != expected.shape or (expected.ndim == 3 and "flax" not in name) else expected)


@pytest.mark.parametrize("name", REFERENCE)
def test_reference_agent_gives_its_recorded_outputs(name, shared):
    folder = shared / "models" / f"reference-{name}"
    checkpoint = load(folder / "checkpoint.jd")
    with np.load(folder / "golden.npz") as golden:
        outputs, activations = record_at_once(checkpoint.network, checkpoint.parameters, as_pictures(golden["observations"], checkpoint.network.observation_shape))
        close(outputs.logits, golden["policy_logits"])
        close(outputs.value, golden["value"])
        for layer, tap in REFERENCE[name].items():
            expected = golden[f"act_{layer}"]
            close(activations[tap][: len(expected)], expected)
    assert (checkpoint.gamma, checkpoint.gae_lambda) == (0.999, 0.95)


def test_reference_agents_say_what_they_play(shared):
    environments = {name: load(shared / "models" / f"reference-{name}" / "checkpoint.jd").environment for name in REFERENCE}
    assert environments["clear"] == EnvironmentSpecification("procgen", "coinrun")
    assert environments["impala"] == EnvironmentSpecification("procgen", "starpilot")
    assert (environments["nature"].kind, environments["nature"].name) == ("atari", "breakout")


def test_preprocessing_belongs_to_the_checkpoint(shared):
    folder = shared / "models" / "atari-spaceinvaders-a3cgru-babya3c"
    given = EnvironmentSpecification("atari", "spaceinvaders", {"noop_max": 5})
    options = load(folder / "model.80.tar", environment=given).environment.options
    assert options["preprocessing"] == "baby_a3c"
    assert options["frame_skip"] == [2, 4]
    assert options["noop_max"] == 5


def test_procgen_agents_have_procgen_actions(shared):
    names = load(shared / "models" / "procgen-starpilot-nature-dtu" / "model.pt").action_names
    assert names[4] == "NOOP" and len(names) == 15
