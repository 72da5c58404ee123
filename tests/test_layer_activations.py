from dataclasses import replace

import jax
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis import layer_activations
from rlvis.attribution.frames import activations_at
from rlvis.layer_activations import LayerActivations
from rlvis.networks.bottlenecks import select_taps
from rlvis.options import RunOptions

BATCHES = np.random.default_rng(0).random((2, 4, 16, 16, 3), np.float32)


@pytest.fixture
def calls(monkeypatch):
    """The taps of every pass of the network."""
    made, find = [], layer_activations.record_program

    def counted(network, taps):
        program = find(network, taps)
        return lambda *arguments: (made.append(taps), program(*arguments))[1]

    monkeypatch.setattr(layer_activations, "record_program", counted)
    return made


@pytest.fixture(params=["tiny_clear", "tiny_impala"])
def agent(request, corridor_agent):
    network, parameters = request.getfixturevalue(request.param)
    return replace(corridor_agent, network=network, parameters=parameters)


@pytest.mark.parametrize("budget, together", [(2.0, jax.default_backend() == "cpu"), (0.1, False)])
def test_every_layer_gets_the_same_bits_in_one_pass_or_in_one_each(agent, budget, together, calls):
    taps = select_taps(agent.network, agent.parameters)
    # With the smaller budget there is room for less than so many frames.
    frames = 1 + 12_500_000 // (4 * sum(int(np.prod(tap.shape)) for tap in taps))
    activations = LayerActivations(agent, RunOptions(memory_budget=budget), taps, frames)
    for tap in taps:
        for batch in BATCHES:
            assert_array_equal(activations.at(tap.name)(batch, None), activations_at(agent.network, agent.parameters, tap.name)(batch, None))
    names = tuple(tap.name for tap in taps)
    assert calls == ([names] * 2 if together else [(name,) for name in names for _ in BATCHES])


def test_frames_with_other_memory_are_other_frames(forgetful_agent):
    network, taps = forgetful_agent.network, select_taps(forgetful_agent.network, forgetful_agent.parameters)
    activations = LayerActivations(forgetful_agent, RunOptions(), taps, 8)
    batch = BATCHES[0][:, : network.observation_shape[0], : network.observation_shape[1], : network.observation_shape[2]]
    for size in (0.0, 1.0):
        state = jax.tree.map(lambda part, size=size: np.full(part.shape, size, part.dtype), network.initial_state(4))
        for tap in taps:
            assert_array_equal(activations.at(tap.name)(batch, state), activations_at(network, forgetful_agent.parameters, tap.name)(batch, state))
