"""Checkpoints of understanding-rl-vision beyond the recorded ones: memory, batch normalisation, the original CoinRun."""

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.checkpoints import load
from rlvis.errors import CheckpointError
from tests.conftest import record_at_once

SHAPE = (16, 16, 3)
CHANNELS = (2, 3)


@pytest.fixture
def generator():
    return np.random.default_rng(4)


@pytest.fixture
def write(tmp_path):
    """`write(params, args)`: the path of a checkpoint."""

    def write(params, arguments):
        path = tmp_path / "checkpoint.jd"
        joblib.dump({"params": params, "args": arguments, "extra": {}, "time": 1.0}, path)
        return path

    return write


def layer(generator, *shape):
    return (generator.standard_normal(shape) / np.sqrt(np.prod(shape[:-1]))).astype(np.float32)


def impala_variables(generator, actions=5, embedding=6, memory=0):
    """Variables of Baselines' IMPALA network with two sequences."""
    params, number, before = {}, 0, 3
    for channels in CHANNELS:
        for inputs in (before, *(channels,) * 4):
            params[f"ppo2_model/pi/layer_{number}/kernel:0"] = layer(generator, 3, 3, inputs, channels)
            params[f"ppo2_model/pi/layer_{number}/bias:0"] = layer(generator, channels)
            number, before = number + 1, channels
    params[f"ppo2_model/pi/layer_{number}/kernel:0"] = layer(generator, 4 * 4 * CHANNELS[-1], embedding)
    params[f"ppo2_model/pi/layer_{number}/bias:0"] = layer(generator, embedding)
    width = memory or embedding
    if memory:
        params |= {"ppo2_model/pi/lstm/wx:0": layer(generator, embedding, 4 * memory), "ppo2_model/pi/lstm/wh:0": layer(generator, memory, 4 * memory), "ppo2_model/pi/lstm/b:0": layer(generator, 4 * memory)}
    for head, outputs in (("pi", actions), ("vf", 1)):
        params |= {f"ppo2_model/{head}/w:0": layer(generator, width, outputs), f"ppo2_model/{head}/b:0": layer(generator, outputs)}
    return params


ARGUMENTS = {"env_name": "maze", "cnn": "impala", "stack_channels": "2_3", "emb_size": 6, "distribution_mode": "easy", "num_levels": 7, "lambda": 0.9, "gamma": 0.98}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_memory_with_gates_in_the_order_of_baselines(generator, write):
    """`i, f, o, u = split(x wx + h wh + b)`, `c' = σ(f) c + σ(i) tanh(u)`, `h' = σ(o) tanh(c')`; the state is zero at first."""
    params = impala_variables(generator, memory=5)
    checkpoint = load(write(params, {**ARGUMENTS, "use_lstm": 1}), observation_shape=SHAPE)
    c = h = np.zeros((2, 5))
    state = None
    for _ in range(3):
        observations = generator.random((2, *SHAPE), np.float32)
        outputs, taps = record_at_once(checkpoint.network, checkpoint.parameters, observations, state)
        gates = np.asarray(taps["dense"]) @ params["ppo2_model/pi/lstm/wx:0"] + h @ params["ppo2_model/pi/lstm/wh:0"] + params["ppo2_model/pi/lstm/b:0"]
        i, f, o, u = np.split(gates, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(u)
        h = sigmoid(o) * np.tanh(c)
        assert_allclose(outputs.logits, h @ params["ppo2_model/pi/w:0"] + params["ppo2_model/pi/b:0"], rtol=1e-4, atol=1e-5)
        assert_allclose(outputs.value, (h @ params["ppo2_model/vf/w:0"] + params["ppo2_model/vf/b:0"])[:, 0], rtol=1e-4, atol=1e-5)
        state = outputs.state


def test_arguments_become_environment_and_discount(generator, write):
    checkpoint = load(write(impala_variables(generator), ARGUMENTS), observation_shape=SHAPE)
    assert checkpoint.environment.to_json() == {"kind": "procgen", "name": "maze", "options": {"distribution_mode": "easy", "num_levels": 7}}
    assert (checkpoint.gamma, checkpoint.gae_lambda) == (0.98, 0.9)
    assert checkpoint.metadata["args"]["emb_size"] == 6


def test_atari_arguments(generator, write):
    arguments = {"env_kind": "atari", "env_id": "mspacman", "cnn": "impala", "stack_channels": "2_3", "emb_size": 6, "use_sticky_actions": 1, "frame_stack": 3}
    environment = load(write(impala_variables(generator), arguments), observation_shape=SHAPE).environment
    assert (environment.kind, environment.name) == ("atari", "mspacman")
    assert environment.options["repeat_action_probability"] == 0.25 and environment.options["preprocessing"]["frame_stack"] == 3


@pytest.mark.parametrize("actions", [7, 9])
def test_original_coinrun(actions, generator, write):
    """No-op → ← ↑ ↗ ↖ ↓ and, in the published agents, two actions more that do nothing."""
    checkpoint = load(write(impala_variables(generator, actions), {**ARGUMENTS, "env_name": "coinrun_old"}), observation_shape=SHAPE)
    assert checkpoint.environment.name == "coinrun_old"
    assert checkpoint.action_names == ("NOOP", "RIGHT", "LEFT", "UP", "RIGHT+UP", "LEFT+UP", "DOWN", "A", "B")[:actions]


def test_batch_normalization_without_recorded_statistics(generator, write):
    """The trainer saved scale and offset only; mean 0 and variance 1 were never updated: `γ x / √(1 + 10⁻³) + β`."""
    params, before = {}, 3
    for name, size, channels in (("1a", 7, 2), ("2a", 5, 4), ("2b", 5, 4), ("3a", 5, 4), ("4a", 5, 4)):
        params[f"ppo2_model/pi/{name}/conv2d/kernel:0"] = layer(generator, size, size, before, channels)
        params[f"ppo2_model/pi/{name}/conv2d/bias:0"] = layer(generator, channels)
        params[f"ppo2_model/pi/{name}/batch_normalization/gamma:0"] = layer(generator, channels)
        params[f"ppo2_model/pi/{name}/batch_normalization/beta:0"] = layer(generator, channels)
        before = channels
    for name, inputs, outputs in (("pi/dense/kernel:0", 4, 256), ("pi/dense_1/kernel:0", 256, 512)):
        params |= {f"ppo2_model/{name}": layer(generator, inputs, outputs), f"ppo2_model/{name}".replace("kernel", "bias"): layer(generator, outputs)}
    for head, outputs in (("pi", 5), ("vf", 1)):
        params |= {f"ppo2_model/{head}/w:0": layer(generator, 512, outputs), f"ppo2_model/{head}/b:0": layer(generator, outputs)}
    checkpoint = load(write(params, {"env_name": "coinrun"}), observation_shape=SHAPE)
    observations = generator.random((2, *SHAPE), np.float32)
    found = record_at_once(checkpoint.network, checkpoint.parameters, observations)[1]["1a"][0, 8, 8]
    convolved = np.einsum("hwc,hwcd->d", observations[0, 5:12, 5:12], params["ppo2_model/pi/1a/conv2d/kernel:0"]) + params["ppo2_model/pi/1a/conv2d/bias:0"]
    scale, offset = (params[f"ppo2_model/pi/1a/batch_normalization/{name}:0"] for name in ("gamma", "beta"))
    assert_allclose(found, np.maximum(scale * convolved / np.sqrt(1 + 1e-3) + offset, 0), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"cnn": "nature"}, "there is no tensor 'ppo2_model/pi/c1/w:0'"),
        ({"stack_channels": "2_x"}, "expected numbers joined by underscores"),
        ({"stack_channels": "2_3_4"}, "'ppo2_model/pi/layer_10/kernel:0' has shape"),
        ({"stack_channels": "4_3"}, "'ppo2_model/pi/layer_0/kernel:0' has shape (3, 3, 3, 2); expected (3, 3, 3, 4)"),
        ({"emb_size": "many"}, "expected a whole number"),
        ({"use_lstm": 1}, "no tensor lstm/wx:0"),
    ],
)
def test_arguments_that_do_not_fit_the_variables(change, expected, generator, write):
    with pytest.raises(CheckpointError) as caught:
        load(write(impala_variables(generator), {**ARGUMENTS, **change}), observation_shape=SHAPE)
    assert expected in str(caught.value)


def test_variables_as_baselines_itself_saves_them(generator, write, tmp_path):
    """Without arguments: widths are read off the shapes."""
    variables = impala_variables(generator)
    joblib.dump(variables, tmp_path / "baselines")
    plain, described = load(tmp_path / "baselines", observation_shape=SHAPE), load(write(variables, ARGUMENTS), observation_shape=SHAPE)
    assert plain.network.description == described.network.description and plain.environment is None
    np.testing.assert_array_equal(plain.parameters["block2.res2.conv2"]["kernel"], described.parameters["block2.res2.conv2"]["kernel"])
