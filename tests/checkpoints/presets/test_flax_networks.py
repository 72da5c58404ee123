"""Flax's networks: what would be left out is refused."""

import numpy as np
import pytest

from rlvis.checkpoints import load
from rlvis.errors import CheckpointError


def nature(**more):
    """A Nature network's parameters under flax's names."""
    generator = np.random.default_rng(0)
    shapes = {"Conv_0": (8, 8, 4, 32), "Conv_1": (4, 4, 32, 64), "Conv_2": (3, 3, 64, 64), "Dense_0": (3136, 512), "Dense_1": (512, 6), "Dense_2": (512, 1)}
    layers = {name: {"kernel": generator.standard_normal(shape).astype(np.float32) / 30, "bias": np.zeros(shape[-1], np.float32)} for name, shape in shapes.items()}
    return {"params": layers | more}


@pytest.fixture
def saved(tmp_path):
    """Writes parameters with flax's own serialization."""
    serialization = pytest.importorskip("flax.serialization", reason="needs flax: pip install 'rlvis[peers]'")

    def write(parameters):
        path = tmp_path / "agent.msgpack"
        path.write_bytes(serialization.to_bytes(parameters))
        return path

    return write


def test_a_nature_network_is_read(saved):
    parameters = nature()
    checkpoint = load(saved(parameters))
    np.testing.assert_array_equal(checkpoint.parameters["conv2"]["kernel"], parameters["params"]["Conv_1"]["kernel"])
    assert checkpoint.network.num_actions == 6


def test_layers_that_would_be_left_out_are_refused(saved):
    path = saved(nature(LayerNorm_0={"scale": np.ones(32, np.float32), "bias": np.zeros(32, np.float32)}))
    with pytest.raises(CheckpointError, match="also has the layers params/LayerNorm_0, .*--map"):
        load(path)
