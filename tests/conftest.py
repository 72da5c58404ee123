"""Fixtures for every test."""

from pathlib import Path

import jax
import numpy as np
import pytest

from rlvis.networks import build, describe

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real checkpoints and reference results beside the project, where there is one."""
    if not (SHARED / "models").is_dir():
        pytest.skip(f"the real checkpoints are not here: no folder {SHARED.name}/models beside the project")
    return SHARED


@pytest.fixture(scope="session")
def tiny_clear():
    """A narrow clear network on 16 × 16 observations, 5 actions, with parameters that make it bend: `(network, parameters)`."""
    network = build(describe("clear", (16, 16, 3), 5, channels=4))
    return network, spread_biases(network.initialize(jax.random.key(3)))


@pytest.fixture(scope="session")
def tiny_impala():
    """A narrow IMPALA network on 16 × 16 observations, 5 actions: `(network, parameters)`."""
    network = build(describe("impala", (16, 16, 3), 5, channels=(4, 6), features=16))
    return network, spread_biases(network.initialize(jax.random.key(4)))


@pytest.fixture(scope="session")
def tiny_observations() -> np.ndarray:
    """Three random observations, `(3, 16, 16, 3)` float32 in [0, 1]."""
    return np.random.default_rng(5).random((3, 16, 16, 3), np.float32)


def spread_biases(parameters):
    """The parameters with random biases, so that nothing is linear by accident, and heads of ordinary size."""
    generator = np.random.default_rng(6)
    spread = {name: {part: np.array(value) for part, value in group.items()} for name, group in parameters.items()}
    for name, group in spread.items():
        if "bias" in group:
            group["bias"] = (0.1 * generator.standard_normal(group["bias"].shape)).astype(np.float32)
        if name == "policy":
            group["kernel"] = group["kernel"] * 100
    return spread
