import json

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.checkpoints import Checkpoint, load
from rlvis.checkpoints.free_lunch_run import AdamState, save_free_lunch_run, save_variables
from rlvis.environments import EnvironmentSpecification
from rlvis.errors import CheckpointError
from rlvis.networks.free_lunch_saliency import VARIANTS
from tests.conftest import random_network


def agent(name):
    network, parameters = random_network(name, (84, 84, 4), 4, features=6, channels=(2, 3, 2), attention_features=3)
    return Checkpoint(network, parameters, EnvironmentSpecification("atari", "ms_pacman"), gamma=0.99)


@pytest.mark.parametrize("name", VARIANTS)
def test_what_is_written_is_read_again(name, tmp_path):
    written = agent(name)
    read = load(save_free_lunch_run(tmp_path / "run", written))
    assert read.network.description == written.network.description
    assert (read.format, read.environment.name, read.gamma, read.gae_lambda) == ("free-lunch-saliency", "mspacman", 0.99, 0.95)
    for layer, group in written.parameters.items():
        for part, array in group.items():
            assert_array_equal(read.parameters[layer][part], array)


def test_the_files_are_those_of_the_original(tmp_path):
    save_free_lunch_run(tmp_path, agent("cnn_sparse_fls_x3"))
    assert json.loads((tmp_path / "config.json").read_text()) == {"env_name": "MsPacmanNoFrameskip-v4", "network": "cnn_sparse_fls_x3"}
    shapes = {name: array.shape for name, array in joblib.load(tmp_path / "model.pkl").items()}
    assert shapes["ppo2_model/pi/c1/w:0"] == (8, 8, 4, 2)
    assert shapes["ppo2_model/pi/c1/b:0"] == (1, 2, 1, 1)
    assert shapes["ppo2_model/pi/h3/h2/w:0"] == (3, 3, 3, 1)
    assert shapes["ppo2_model/pi/fc1/b:0"] == (6,)
    assert shapes["ppo2_model/vf/w:0"] == (6, 1)
    assert len(shapes) == 3 * 2 * (3 + 6 + 1 + 2) + 2, "with the optimizer's, without which the original does not start"
    assert shapes["ppo2_model/pi/c1/b/Adam_1:0"] == (1, 2, 1, 1) and shapes["beta1_power:0"] == ()
    save_free_lunch_run(tmp_path, agent("cnn_daqn"))
    assert "ppo2_model/pi/h1/w:0" in joblib.load(tmp_path / "model.pkl")


def test_the_optimizers_state_is_adams(tmp_path):
    written = agent("cnn")
    first, second = ({layer: {part: np.full_like(array, value) for part, array in group.items()} for layer, group in written.parameters.items()} for value in (0.5, 0.25))
    save_variables(tmp_path / "model.pkl", "cnn", written.parameters, AdamState(2, first, second))
    variables = joblib.load(tmp_path / "model.pkl")
    # As TensorFlow's optimizer has them after two steps.
    assert variables["beta1_power:0"] == np.float32(0.9**3) and variables["beta2_power:0"] == np.float32(0.999**3)
    assert (variables["ppo2_model/vf/w/Adam:0"] == 0.5).all() and (variables["ppo2_model/pi/c2/b/Adam_1:0"] == 0.25).all()


def test_optimizer_variables_are_ignored_and_a_bare_list_is_in_graph_order(tmp_path):
    written = agent("cnn_sparse_fls_h1")
    save_free_lunch_run(tmp_path, written)
    variables = joblib.load(tmp_path / "model.pkl")
    assert "ppo2_model/pi/fc1/w/Adam:0" in variables
    for content in (variables, list(variables.values())):
        joblib.dump(content, tmp_path / "model.pkl")
        read = load(tmp_path)
        for layer in ("conv2", "attention.output", "dense", "value"):
            assert_array_equal(read.parameters[layer]["kernel"], written.parameters[layer]["kernel"])


def test_unknown_networks_and_missing_variables_are_checkpoint_errors(tmp_path, tiny_clear):
    with pytest.raises(CheckpointError, match="'clear'; a Free-Lunch Saliency run holds one of cnn, "):
        save_free_lunch_run(tmp_path, Checkpoint(*tiny_clear))
    save_free_lunch_run(tmp_path, agent("cnn_sparse_fls"))
    variables = joblib.load(tmp_path / "model.pkl")
    del variables["ppo2_model/pi/h2/w:0"]
    joblib.dump(variables, tmp_path / "model.pkl")
    with pytest.raises(CheckpointError, match="'ppo2_model/pi/h2/w:0' is missing; it is the kernel of layer 'attention.output'|h2/w:0"):
        load(tmp_path)
    (tmp_path / "config.json").write_text('{"network": "cnn_of_the_future"}')
    with pytest.raises(CheckpointError, match="'cnn_of_the_future'; expected one of cnn, "):
        load(tmp_path)


ALIKE = {
    "cnn_rsppo": ("cnn_rsppo", "cnn_rsppo_nopad"),
    "cnn_sparse_fls": ("cnn_sparse_fls", "cnn_sparse_fls_norm", "cnn_sparse_fls_sp2", "cnn_sparse_fls_norelu"),
    "cnn_sparse_fls_pool": ("cnn_sparse_fls_pool", "cnn_sparse_fls_norelu_pool"),
    "cnn_dense_fls": ("cnn_dense_fls", "cnn_dense_fls_norelu"),
}


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_variables_alone_are_told_apart_by_shapes_or_else_asked_for(name, as_list, tmp_path):
    written = agent(name)
    save_free_lunch_run(tmp_path, written)
    (tmp_path / "config.json").unlink()
    if as_list:
        variables = joblib.load(tmp_path / "model.pkl")
        joblib.dump([*variables.values(), *map(np.zeros_like, variables.values()), np.float32(0.9)], tmp_path / "model.pkl")
    alike = next((names for names in ALIKE.values() if name in names), (name,))
    for path in (tmp_path, tmp_path / "model.pkl"):
        if len(alike) > 1 and path == tmp_path:
            with pytest.raises(CheckpointError, match=f"those of {', '.join(alike)} alike; say which it is with --network"):
                load(path)
        read = load(path, network=name if len(alike) > 1 else None, environment=EnvironmentSpecification("atari", "breakout"))
        assert read.network.description["trunk"] == written.network.description["trunk"]
        assert read.environment.options == ({} if path.suffix and name == "cnn" and not as_list else {"episodic_life": True})
        for layer, group in written.parameters.items():
            for part, array in group.items():
                assert_array_equal(read.parameters[layer][part], array)


def test_a_network_of_other_shapes_cannot_be_chosen(tmp_path):
    save_free_lunch_run(tmp_path, agent("cnn_sparse_fls"))
    with pytest.raises(CheckpointError, match=r"h1/w:0' has shape \(3, 3, 2, 3\); expected \(1, 1, 2, 3\)"):
        load(tmp_path, network="cnn_daqn")
    (tmp_path / "config.json").write_text('{"network": 3}')
    with pytest.raises(CheckpointError, match="no configuration of a run"):
        load(tmp_path)
    (tmp_path / "config.json").write_text('{"env_name": "MsPacmanNoFrameskip-v4"}')
    assert load(tmp_path, network="cnn_sparse_fls_sp2").environment.name == "mspacman"
