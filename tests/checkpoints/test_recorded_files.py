"""Every format and kind of network, against the outputs of the library that wrote the file."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.checkpoints import FORMATS, PRESETS, load, save
from rlvis.checkpoints.opened_file import open_file
from rlvis.environments import EnvironmentSpecification

# Name of the recording: its format and the kind of network found.
RECORDED = {
    "stable_baselines3_ppo": ("stable-baselines3", "stable-baselines3"),
    "stable_baselines3_a2c": ("stable-baselines3", "stable-baselines3"),
    "stable_baselines3_dqn": ("stable-baselines3", "stable-baselines3"),
    "stable_baselines3_qrdqn": ("stable-baselines3", "stable-baselines3"),
    "stable_baselines3_recurrent_ppo": ("stable-baselines3", "stable-baselines3"),
    "stable_baselines3_two_trunks": ("stable-baselines3", "stable-baselines3"),
    "stable_baselines3_shared_memory": ("stable-baselines3", "stable-baselines3"),
    "cleanrl_ppo": ("torch", "cleanrl"),
    "cleanrl_ppo_lstm": ("torch", "cleanrl"),
    "cleanrl_procgen": ("torch", "cleanrl"),
    "cleanrl_dqn": ("torch", "cleanrl"),
    "cleanrl_c51": ("torch", "cleanrl"),
    "cleanrl_pqn": ("torch", "cleanrl"),
    "cleanrl_qdagger": ("torch", "cleanrl"),
    "cleanrl_rnd": ("torch", "cleanrl"),
    "rainbow": ("torch", "rainbow"),
    "phasic": ("torch", "phasic"),
    "train_procgen_pytorch": ("torch", "procgen-pytorch"),
    "train_procgen_pytorch_gru": ("torch", "procgen-pytorch"),
    "kostrikov_gru_module": ("torch", "kostrikov"),
    "greydanus_lstm": ("torch-legacy", "strided-convolutions"),
    "rl_a3c": ("torch-legacy", "rl-a3c"),
    "unknown_state_dict": ("torch", "nature-by-shapes"),
    "unknown_script": ("torch", "nature-by-shapes"),
    "unknown_pickle": ("pickle", "nature-by-shapes"),
    "unknown_bfloat16": ("torch", "nature-by-shapes"),
    "unknown_safetensors": ("safetensors", "nature-by-shapes"),
    "cleanrl_jax_ppo": ("flax-msgpack", "flax"),
    "cleanba_impala": ("flax-msgpack", "flax"),
    "cleanrl_jax_c51": ("flax-msgpack", "flax"),
    "flax_msgpack": ("flax-msgpack", "flax"),
    "flax_pickle": ("pickle", "flax"),
    "flax_same_padding": ("flax-msgpack", "flax"),
    "orbax_ocdbt": ("orbax", "flax"),
    "orbax_zarr": ("orbax", "flax"),
    "stable_baselines2_zip": ("stable-baselines2", "baselines"),
    "stable_baselines2_pickle": ("pickle", "baselines"),
    "keras_hdf5": ("hdf5", "nature-by-shapes"),
}


@pytest.mark.parametrize("name", RECORDED)
def test_outputs_are_those_of_the_library_that_wrote_it(name, unpack, play, tmp_path):
    if name == "keras_hdf5":
        pytest.importorskip("h5py", reason="h5py is an optional dependency")
    path, expected = unpack(name)
    shape = expected["observations"].shape[1:]
    checkpoint = load(path, observation_shape=shape)
    assert checkpoint.format == RECORDED[name][0]
    contents = FORMATS[checkpoint.format].read(open_file(path))
    assert next(preset.name for preset in PRESETS.values() if preset.recognise(contents)) == RECORDED[name][1]
    logits, value = play(checkpoint, expected["observations"], "sequence" in expected)
    assert_allclose(logits, expected["logits"], rtol=1e-5, atol=1e-5 * np.abs(expected["logits"]).max())
    assert_allclose(value, expected["value"], rtol=1e-5, atol=1e-5 * np.abs(expected["value"]).max())
    # The same network with the same parameters gives the same outputs.
    converted = load(save(tmp_path / "converted.safetensors", checkpoint))
    assert converted.network.description == checkpoint.network.description
    jax.tree.map(assert_array_equal, converted.parameters, checkpoint.parameters)


def test_training_arguments_are_kept(unpack):
    c51 = load(unpack("cleanrl_c51")[0], observation_shape=(36, 36, 4))
    assert (c51.environment.kind, c51.environment.name, c51.gamma) == ("atari", "breakout", 0.98)
    assert len(c51.network.description["atoms"]) == 11 and "Q-network" in c51.notes[0]
    ppo = load(unpack("cleanrl_jax_ppo")[0], observation_shape=(36, 36, 4))
    assert (ppo.environment.name, ppo.gamma, ppo.gae_lambda, ppo.metadata["0"]["seed"]) == ("breakout", 0.98, 0.9, 1)
    baselines = load(unpack("stable_baselines2_zip")[0], observation_shape=(36, 36, 4))
    assert (baselines.gamma, baselines.gae_lambda) == (0.97, 0.94)
    assert "serialized" not in str(baselines.metadata)


def test_observation_shape_of_stable_baselines3_is_in_the_file(unpack):
    checkpoint = load(unpack("stable_baselines3_ppo")[0])
    assert checkpoint.network.observation_shape == (36, 36, 4) and checkpoint.gamma == 0.97


def test_procgen_agents_have_procgen_actions(unpack):
    assert load(unpack("train_procgen_pytorch")[0], observation_shape=(20, 20, 3)).action_names[4] == "NOOP"


def test_preprocessing_of_the_training_program(unpack):
    pong = EnvironmentSpecification("atari", "pong")
    assert load(unpack("cleanrl_dqn")[0], observation_shape=(36, 36, 4), environment=pong).environment.options == {"preprocessing": {"stack_start": "repeat"}}
    assert load(unpack("greydanus_lstm")[0], environment=pong).environment.options["preprocessing"] == "baby_a3c"
