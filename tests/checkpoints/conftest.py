"""Recorded checkpoints, unpacked."""

import lzma
import tarfile
from pathlib import Path

import jax
import numpy as np
import pytest

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def unpack(tmp_path):
    """`unpack(name)`: the path of a recorded checkpoint, and the outputs of the library that wrote it."""

    def unpack(name):
        folder = tmp_path / name
        with lzma.open(FIXTURES / f"{name}.tar.xz") as packed, tarfile.open(fileobj=packed) as archive:
            archive.extractall(folder, filter="data")
        with np.load(folder / "expected.npz") as expected:
            return folder / "checkpoint", dict(expected)

    return unpack


@pytest.fixture(scope="session")
def play():
    """`play(checkpoint, observations, sequence)`: logits and values of observations, one after another with memory if they are a sequence."""

    def play(checkpoint, observations, sequence=False):
        network = checkpoint.network
        observations = observations.astype(np.float32) / (255 if observations.dtype == np.uint8 else 1)
        if not sequence:
            outputs = jax.jit(network)(checkpoint.parameters, observations)
            return np.asarray(outputs.logits), np.asarray(outputs.value)

        @jax.jit
        def scan(parameters, observations):
            def step(state, observation):
                outputs = network(parameters, observation[None], state)
                return outputs.state, (outputs.logits[0], outputs.value[0])

            return jax.lax.scan(step, network.initial_state(1), observations)[1]

        logits, values = scan(checkpoint.parameters, observations)
        return np.asarray(logits), np.asarray(values)

    return play


@pytest.fixture(scope="session")
def tiny_files():
    """The smallest files of each format that still load: bytes by name."""
    with lzma.open(FIXTURES / "tiny.tar.xz") as packed, tarfile.open(fileobj=packed) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive.getmembers() if member.name != "expected.npz"}
