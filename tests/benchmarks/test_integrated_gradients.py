"""The contenders of B1 compute the same thing, so that their times may be compared."""

from types import SimpleNamespace

import numpy as np
import pytest

from rlvis.attribution.quadrature import quadrature_rule
from tests.conftest import random_network


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("tap", ["1a", "2a", "4a"])
def test_all_contenders_give_the_same_maps(tap):
    for peer in ("torch", "captum"):
        pytest.importorskip(peer, reason="pip install -e '.[peers]'")
    from benchmarks.integrated_gradients import rlvis_maps, torch_contenders

    network, parameters = random_network("clear", (16, 16, 3), 5, channels=2)
    frames = np.random.default_rng(0).random((32, 16, 16, 3), np.float32)
    setting = SimpleNamespace(checkpoint=SimpleNamespace(network=network, parameters=parameters), frames=frames)
    expected, _ = rlvis_maps(setting, tap, quadrature_rule("right", 10))
    for run in torch_contenders(setting, tap).values():
        assert np.abs(run() - expected).sum() < 1e-4 * np.abs(expected).sum()
