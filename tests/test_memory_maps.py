import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

import rlvis
from rlvis.attribution.integrated_gradients import integrated_gradients
from rlvis.attribution.memory import integrated_gradients_with_memory
from rlvis.attribution.quadrature import quadrature_rule
from rlvis.attribution.targets import VALUE
from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.environments import EnvironmentSpecification
from rlvis.errors import OptionError
from rlvis.interface.chunks import chunk_arrays
from rlvis.interface.reading import read_chunk, read_index
from rlvis.networks.observations import normalize_observations
from rlvis.networks.stack import Convolution, Recurrence, StackDescription, build_stack
from rlvis.rollouts.storage import load_rollouts
from tests.conftest import CorridorEnvironment, random_parameters, record_at_once

OPTIONS = {
    "trajectories": {"num_envs": 1, "num_steps": 9}, "observations": {"num_envs": 2, "num_obs": 8, "obs_every": 1}, "nmf_features": 2, "vis_subdiv_mults": (1,), "batch_size": 8,
    "attr_integrate_steps": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def agent():
    """An untrained agent with a GRU, in the corridor."""
    description = StackDescription((16, 16, 3), 5, (Convolution("conv", 3, (4, 4), (4, 4)), Recurrence("core", 4, "gru")))
    return Checkpoint(build_stack(description), random_parameters(description), EnvironmentSpecification("corridor", "corridor"), CorridorEnvironment.action_names)


@pytest.fixture(scope="module")
def written(agent, tmp_path_factory):
    """An interface with attribution to the memory and through three frames: `(index, maps' arrays by method, trajectory)`."""
    folder = tmp_path_factory.mktemp("memory")
    rlvis.run(agent, folder / "page", **OPTIONS, attr_memory=True, attr_through_time=3, load={"trajectories_path": str(folder / "rollouts.npz")})
    index = read_index(folder / "page")
    arrays = {entry["method"]: chunk_arrays(read_chunk(folder / "page", index, entry["chunks"]["value"][0])) for entry in index["maps"]}
    return index, arrays, load_rollouts(folder / "rollouts.npz")[0][0]


def inputs(agent, trajectory):
    observations, state = normalize_observations(trajectory.observations), trajectory.state_at(slice(None))
    return record_at_once(agent.network, agent.parameters, observations, state, names=("conv",))[1]["conv"], observations, state


def test_the_memorys_part_is_shown_beside_the_layers(agent, written):
    index, arrays, trajectory = written
    activations, observations, state = inputs(agent, trajectory)
    expected = integrated_gradients_with_memory(agent.network, agent.parameters, activations, "conv", [VALUE], observations, state, quadrature_rule("graded", 3))
    found = arrays["integrated_gradients"]
    assert_allclose(found["memory"], expected.memory[0], rtol=1e-4, atol=1e-6)
    assert_allclose(found["sums"].sum(axis=1), expected.maps[0].sum(axis=(1, 2, 3)), rtol=1e-3, atol=1e-5)
    assert_allclose(found["completeness"], expected.completeness_error[0], rtol=1e-2, atol=1e-4)
    entry = index["maps"][0]
    assert (entry["memory"], entry["lags"], entry["details"]["baseline"]) == (True, 0, "zero activations and zero memory")
    assert [part["id"] for part in index["memory"]] == ["core/h"]


def test_what_the_last_frames_contributed_is_shown(agent, written):
    index, arrays, trajectory = written
    found = arrays["through_time"]
    assert found["lags"].shape == (9, 3) and index["maps"][1]["lags"] == 3
    assert_allclose(found["sums"].sum(axis=1), found["lags"].sum(axis=1), rtol=1e-3, atol=1e-5)
    # The first frame has none before it: there the ordinary attribution, memory held fixed, is all.
    activations, observations, state = (jax.tree.map(lambda part: part[:1], each) for each in inputs(agent, trajectory))
    ordinary = integrated_gradients(agent.network, agent.parameters, activations, "conv", [VALUE], observations, state, quadrature_rule("graded", 3))
    assert_allclose(found["lags"][0], [ordinary.maps.sum(), 0, 0], rtol=1e-4, atol=1e-6)
    assert np.abs(found["lags"][2:, 1:]).max() > 0


@pytest.mark.parametrize("options, message", [
    ({"attr_memory": True}, "no memory to attribute to; leave out --attr-memory"),
    ({"attr_through_time": 2}, "leave out --attr-through-time"),
])
def test_a_network_without_memory_is_refused(corridor_agent, tmp_path, options, message):
    with pytest.raises(OptionError, match=message):
        rlvis.run(corridor_agent, tmp_path / "page", **OPTIONS, **options)


def test_memory_along_several_paths_is_refused(agent, tmp_path):
    with pytest.raises(OptionError, match="leave out --attr-memory or --attr-max-paths"):
        rlvis.run(agent, tmp_path / "page", **OPTIONS, attr_memory=True, attr_max_paths=0)
