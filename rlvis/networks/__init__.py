"""Networks as pure functions with taps: observations `(N, H, W, C)` in [0, 1] → logits `(N, A)`, value `(N,)`.

Read `network.py` (what a network is), `taps.py` (reading and replacing activations), `stack.py` (networks as a list
of layers), then the architectures, one a file.
"""

from rlvis.networks.architectures import ARCHITECTURES, build, describe
from rlvis.networks.network import Network, Outputs, Tap
from rlvis.networks.taps import TapDescription, list_taps, record

__all__ = ["ARCHITECTURES", "Network", "Outputs", "Tap", "TapDescription", "build", "describe", "list_taps", "record"]
