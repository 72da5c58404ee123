import threading
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from rlvis.attribution.targets import VALUE, policy_targets
from rlvis.layer_activations import LayerActivations
from rlvis.layer_maps import integration_rule, layer_method
from rlvis.layer_programs import compile_layer, compiled_ahead
from rlvis.networks.bottlenecks import select_taps
from rlvis.networks.observations import normalize_observations
from rlvis.options import RunOptions
from rlvis.parallel.batches import run_batches
from rlvis.stages.stage_files import StageFiles

OPTIONS = RunOptions(batch_size=4)
TARGETS = [VALUE, *policy_targets(list("abcde"))[:1]]


@pytest.fixture(params=["corridor_agent", "forgetful_agent"])
def counted(request):
    """An agent, its layers, and a list that grows when its network is traced."""
    plain, traced = request.getfixturevalue(request.param), []

    def forward(*arguments):
        traced.append(threading.current_thread().name)
        return plain.network.forward(*arguments)

    agent = replace(plain, network=replace(plain.network, forward=forward))
    taps = select_taps(agent.network, agent.parameters)
    return agent, taps[-1:], traced


def attribute(agent, tap, targets):
    observations = normalize_observations(np.zeros((4, *agent.network.observation_shape), np.uint8))
    state = {name: {part: np.zeros(array.shape, np.float32) for part, array in parts.items()} for name, parts in agent.network.initial_state(4).items()} if agent.network.recurrent else None
    return layer_method(agent, OPTIONS, tap.name, targets, integration_rule(OPTIONS))(observations, state)


def test_nothing_is_left_to_compile_for_a_batch(counted):
    agent, (tap,), traced = counted
    compile_layer(agent, OPTIONS, tap, TARGETS, LayerActivations(agent, OPTIONS, [tap], 8))
    before = len(traced)
    assert before > 0
    attribute(agent, tap, TARGETS)
    assert len(traced) == before


def test_a_thread_compiles_for_features_and_for_what_is_shown(counted):
    agent, taps, traced = counted
    traced.clear()
    with compiled_ahead(agent, OPTIONS, taps, TARGETS, StageFiles()):
        next(thread for thread in threading.enumerate() if thread.name == "rlvis-compiling").join()
    before = len(traced)
    assert set(traced) == {"rlvis-compiling"}
    list(run_batches(lambda targets: attribute(agent, taps[0], targets), [[VALUE], TARGETS]))
    assert len(traced) == before


@pytest.mark.parametrize("cores, threads", [(2, 1), (8, 2), (64, 4)])
def test_more_threads_compile_where_there_are_more_cores(counted, cores, threads, monkeypatch):
    agent, taps, _ = counted
    monkeypatch.setattr("rlvis.layer_programs.core_count", lambda: cores)
    together, compiled = threading.Barrier(threads + 1), []

    def compile_together(checkpoint, options, tap, targets, activations):
        compiled.append((tap.name, threading.current_thread()))
        together.wait(60)

    monkeypatch.setattr("rlvis.layer_programs.compile_layer", compile_together)
    with compiled_ahead(agent, OPTIONS, [replace(taps[0], name=name) for name in "abcd"], TARGETS, StageFiles()):
        for _ in range(8 // threads):
            together.wait(60)
    assert sorted(name for name, _ in compiled) == list("aabbccdd")
    assert len({thread for _, thread in compiled}) == threads


def test_nothing_is_compiled_where_results_were_reused(counted):
    agent, taps, traced = counted
    traced.clear()
    stages = StageFiles()
    stages.reused.append(("trajectories", "1"))
    with compiled_ahead(agent, OPTIONS, taps, TARGETS, stages):
        pass
    assert not traced


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_compiles_any_more_when_the_caller_is_done_or_failed(counted, fails):
    agent, taps, _ = counted
    with suppress(KeyError), compiled_ahead(agent, OPTIONS, taps, TARGETS, StageFiles()) as stop_compiling:
        stop_compiling()
        if fails:
            raise KeyError
    assert not [thread for thread in threading.enumerate() if thread.name == "rlvis-compiling"]


def test_what_cannot_be_compiled_is_left_to_those_who_call_it(counted, monkeypatch):
    agent, taps, _ = counted
    tried = []

    def failing(*arguments):
        tried.append(arguments)
        raise RuntimeError("no such program")

    monkeypatch.setattr("rlvis.layer_programs.compile_layer", failing)
    with compiled_ahead(agent, OPTIONS, taps, TARGETS, StageFiles()):
        for thread in threading.enumerate():
            if thread.name == "rlvis-compiling":
                thread.join()
    assert len(tried) == 2
