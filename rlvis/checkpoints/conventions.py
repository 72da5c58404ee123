"""How kinds of files lay out the arrays of a layer, and how that becomes rlvis's layout.

rlvis: convolution kernels (height, width, in, out), dense kernels (in, out), inputs of a dense layer after a picture in
(height, width, channel) order, LSTM gates i, f, g, o, GRU gates r, z, n.
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from rlvis.errors import CheckpointError


@dataclass(frozen=True)
class Convention:
    """One way of laying out a layer's arrays.

    Attributes:
        suffixes: by rlvis's part of a layer ("kernel", "bias", …), what follows the layer's name in the file; the
            first that is there is meant. Several joined by "+" are added up.
        convolution: order of a kernel's axes, of the letters H, W, I, O.
        dense: order of a kernel's axes, of the letters I, O.
        flatten: order of a dense layer's inputs after a picture, of the letters H, W, C.
        gates: order of a recurrent cell's gates: "ifgo" for LSTM, "rzn" for GRU, by cell.
    """

    suffixes: dict[str, tuple[str, ...]]
    convolution: str = "HWIO"
    dense: str = "IO"
    flatten: str = "HWC"
    lstm_gates: str = "ifgo"
    gru_gates: str = "rzn"


_TORCH = {
    "kernel": (".weight", ".weight_mu"),
    "bias": (".bias", ".bias_mu"),
    "input_kernel": (".weight_ih", ".weight_ih_l0"),
    "hidden_kernel": (".weight_hh", ".weight_hh_l0"),
    "lstm_bias": (".bias_ih+.bias_hh", ".bias_ih_l0+.bias_hh_l0"),
    "gru_bias": (".bias_ih", ".bias_ih_l0"),
    "hidden_bias": (".bias_hh", ".bias_hh_l0"),
    "scale": (".weight",),
    "offset": (".bias",),
    "mean": (".running_mean",),
    "variance": (".running_var",),
}
_TENSORFLOW = {
    "kernel": ("/kernel:0", "/w:0", "/weights:0"),
    "bias": ("/bias:0", "/b:0", "/biases:0"),
    "input_kernel": ("/wx:0",),
    "hidden_kernel": ("/wh:0",),
    "lstm_bias": ("/b:0",),
    "scale": ("/gamma:0",),
    "offset": ("/beta:0",),
    "mean": ("/moving_mean:0",),
    "variance": ("/moving_variance:0",),
}
_FLAX = {"kernel": ("/kernel",), "bias": ("/bias",), "scale": ("/scale",), "offset": ("/bias",), "mean": ("/mean",), "variance": ("/var",)}
_CHAINER = {"kernel": ("/W",), "bias": ("/b",)}
_PARTS = ("kernel", "bias", "input_kernel", "hidden_kernel", "hidden_bias", "scale", "offset", "mean", "variance")
_OWN = {**{part: (f"/{part}",) for part in _PARTS}, "lstm_bias": ("/bias",), "gru_bias": ("/bias",)}

CONVENTIONS = {
    "torch": Convention(_TORCH, "OIHW", "OI", "CHW"),
    "tensorflow": Convention(_TENSORFLOW, lstm_gates="ifog"),
    "flax": Convention(_FLAX),
    "chainer": Convention(_CHAINER, "OIHW", "OI", "CHW"),
    "rlvis": Convention(_OWN),
}


def convention_of(names, usual: str) -> str:
    """The key of the convention that arrays of these names follow: PyTorch's where a name is like its, else the usual one of such files."""
    return "torch" if any(name.endswith(".weight") for name in names) else usual


def convolution_kernel(array, convention: Convention) -> np.ndarray:
    """A kernel as (height, width, in, out)."""
    return array.transpose([convention.convolution.index(axis) for axis in "HWIO"])


def dense_kernel(array, convention: Convention, input_shape: tuple[int, ...]) -> np.ndarray:
    """A kernel as (in, out), its inputs in (height, width, channel) order where `input_shape` is `(H, W, C)`."""
    array = array if convention.dense == "IO" else array.T
    if len(input_shape) != 3 or convention.flatten == "HWC":
        return array
    sizes = dict(zip("HWC", input_shape, strict=True))
    if prod(input_shape) != array.shape[0]:
        return array
    picture = array.reshape(*(sizes[axis] for axis in convention.flatten), array.shape[1])
    return picture.transpose([convention.flatten.index(axis) for axis in "HWC"] + [3]).reshape(array.shape)


def picture_array(array, convention: Convention) -> np.ndarray:
    """An array with a number for every position and channel, as (height, width, channel)."""
    return array.transpose([convention.flatten.index(axis) for axis in "HWC"])


def reorder_gates(array, cell: str, convention: Convention) -> np.ndarray:
    """A kernel `(D, gates·H)` or bias `(gates·H,)` with its gates in rlvis's order."""
    wanted, found = ("ifgo", convention.lstm_gates) if cell == "lstm" else ("rzn", convention.gru_gates)
    if wanted == found:
        return array
    if sorted(wanted) != sorted(found):
        raise CheckpointError(f"the gates of an {cell} cannot be in the order {found!r}; expected an order of {wanted!r}")
    blocks = np.split(array, len(wanted), axis=-1)
    return np.concatenate([blocks[found.index(gate)] for gate in wanted], axis=-1)
