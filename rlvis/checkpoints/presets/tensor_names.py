"""Looking at the names and shapes of a file's tensors."""

import re
from collections.abc import Iterable, Mapping

from rlvis.errors import CheckpointError
from rlvis.networks.stack import Recurrence


def first_match(tensors: Iterable[str], pattern: re.Pattern) -> re.Match | None:
    """The match of the first name that fits the whole pattern."""
    return next((match for match in map(pattern.fullmatch, tensors) if match), None)


def shape_of(tensors: Mapping, name: str, dimensions: int) -> tuple[int, ...]:
    """The shape of a tensor that has to be there with that many dimensions.

    Raises:
        CheckpointError: if it is not, or has none of them.
    """
    if name not in tensors:
        raise CheckpointError(f"tensor {name!r} is missing")
    shape = tuple(tensors[name].shape)
    if len(shape) != dimensions or not all(shape):
        raise CheckpointError(f"tensor {name!r} has shape {shape}; expected one of {dimensions} dimensions, none of them 0")
    return shape


def one_of(tensors: Mapping, *choices: str, suffix: str = ".weight") -> str:
    """The first of these layers whose weights are there.

    Raises:
        CheckpointError: if none is.
    """
    for choice in choices:
        if choice + suffix in tensors:
            return choice
    raise CheckpointError(f"tensor {' or '.join(repr(choice + suffix) for choice in choices)} is missing")


def numbered(tensors: Mapping, prefix: str, suffix: str = ".weight") -> list[str]:
    """The layers `prefix0`, `prefix2`, … that have weights, by number."""
    pattern = re.compile(re.escape(prefix) + r"(\d{1,4})" + re.escape(suffix))
    found = sorted(int(match.group(1)) for match in map(pattern.fullmatch, tensors) if match)
    return [f"{prefix}{number}" for number in found]


def recurrent_layers(tensors: Mapping, name: str, prefix: str, cell: str) -> tuple[tuple[Recurrence, ...], dict[str, dict[str, str]]]:
    """The layers of one of PyTorch's LSTMs or GRUs, and the tensors of each; the first is called `name`, the next `name2`, …

    Raises:
        CheckpointError: if a layer runs in both directions, or the last is projected.
    """
    found, names = [], {}
    if f"{prefix}.weight_hh_l0_reverse" in tensors or f"{prefix}.weight_hr_l0" in tensors:
        raise CheckpointError(f"{prefix} runs in both directions, or projects its output; that is not supported")
    while f"{prefix}.weight_hh_l{len(found)}" in tensors and len(found) < 16:
        ends = f"_l{len(found)}"
        layer = Recurrence(f"{name}{len(found) + 1 if found else ''}", shape_of(tensors, f"{prefix}.weight_hh{ends}", 2)[1], cell)
        biases = {"bias": f"{prefix}.bias_ih{ends}", "hidden_bias": f"{prefix}.bias_hh{ends}"}
        biases = biases if cell == "gru" else {"bias": "+".join(biases.values())}
        names[layer.name] = {"input_kernel": f"{prefix}.weight_ih{ends}", "hidden_kernel": f"{prefix}.weight_hh{ends}", **biases}
        found.append(layer)
    return tuple(found), names


def check_action_count(count: int) -> None:
    """Refuse to take the outputs of a distributional network for as many actions.

    Raises:
        CheckpointError: if a Q-network has a multiple of 51 outputs and nothing says how many are an action's.
    """
    if count % 51 == 0 and count // 51 <= 18:
        raise CheckpointError(f"the Q-network has {count} outputs; are they distributions over 51 returns for {count // 51} actions? If so, describe it in a JSON file given with --map, with its atoms")
