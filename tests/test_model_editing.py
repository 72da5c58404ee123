import argparse

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.checkpoints import Checkpoint, load, save
from rlvis.command_line import edit
from rlvis.environments import EnvironmentSpecification
from rlvis.errors import OptionError, OutputError
from rlvis.model_editing import edit_checkpoint
from rlvis.networks.stack import Convolution, Dense, StackDescription, build_stack
from rlvis.options import RunOptions, make_options
from tests.conftest import CorridorEnvironment, random_parameters

SMALL = {"observations": {"num_envs": 2, "num_obs": 8, "obs_every": 1}, "nmf_features": 2, "attr_integrate_steps": 2, "batch_size": 8, "vis_subdiv_mults": (1,)}


@pytest.fixture(scope="module")
def agent(tmp_path_factory):
    """An untrained agent's file, in the corridor."""
    description = StackDescription((16, 16, 3), 5, (Convolution("conv", 3, (4, 4), (4, 4)), Dense("dense", 4)))
    found = Checkpoint(build_stack(description), random_parameters(description), EnvironmentSpecification("corridor", "corridor"), CorridorEnvironment.action_names, metadata={"returns": 3})
    return save(tmp_path_factory.mktemp("agent") / "agent.safetensors", found)


def run(*arguments):
    parser = argparse.ArgumentParser()
    edit.register(parser.add_subparsers())
    parsed = parser.parse_args(["edit", *map(str, arguments)])
    return parsed.command(parsed)


def test_the_written_agent_is_blind_and_says_so(agent, tmp_path, capsys):
    output = tmp_path / "blind.safetensors"
    options = ["--observations-num-envs", 2, "--observations-num-obs", 8, "--observations-obs-every", 1, "--nmf-features", 2, "--attr-integrate-steps", 2, "--batch-size", 8, "--vis-subdiv-mults", 1]
    rollouts = tmp_path / "rollouts.npz"
    rollouts.write_bytes(b"of another run")
    command = (agent, "--load-trajectories-path", rollouts, "--layer", "conv", "-o", output, *options, "--feature", 2)
    assert run(*command) == 0
    original, edited = load(agent), load(output)
    [made] = edited.metadata["edits"]
    assert edited.metadata["returns"] == 3 and (made["layer"], made["features"], made["original_sha256"]) == ("conv", [2], original.sha256)
    assert edited.notes[-1] == "Edited: blind to feature 2 of layer conv." and edited.notes[-1] in capsys.readouterr().out
    kernel = np.asarray(edited.parameters["dense"]["kernel"]).reshape(16, 3, 4)
    assert_allclose(np.einsum("c,pcd->pd", made["directions"][0], kernel), 0, atol=1e-5)
    assert np.abs(np.asarray(original.parameters["dense"]["kernel"]).reshape(16, 3, 4) - kernel).max() > 1e-3
    np.testing.assert_array_equal(edited.parameters["conv"]["kernel"], original.parameters["conv"]["kernel"])
    assert rollouts.read_bytes() == b"of another run"
    with pytest.raises(OutputError, match="give --overwrite"):
        run(*command)


@pytest.mark.parametrize("layer, feature, message", [("4z", 1, "there are conv"), ("conv", 3, "features 1 to 2, not 3"), ("conv", 0, "features 1 to 2, not 0")])
def test_what_does_not_exist_is_named(agent, layer, feature, message):
    with pytest.raises(OptionError, match=message):
        edit_checkpoint(load(agent), layer, [feature], make_options(RunOptions, SMALL))
