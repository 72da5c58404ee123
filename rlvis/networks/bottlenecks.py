"""Which taps attribution is offered for: bottlenecks of the network's graph, found by looking at the traced program.

The network is traced once with an identity marked at every tap. A variable of the traced program is a bottleneck if
every path from the outputs back to the observation goes through it. A tap can be attributed to if it is a bottleneck,
or if every way back from it meets a bottleneck before it meets a convolution (Hilton et al. 2020; attribution to a
residual block's opening ReLU is of the second kind).
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import jax
import jax.numpy as jnp
from jax.ad_checkpoint import checkpoint_name

from rlvis.errors import OptionError
from rlvis.networks.network import Network, Tap
from rlvis.networks.taps import HIDDEN, TapDescription, list_taps

# Affine in all their operands together; and in each operand while the other is fixed.
SUMS = frozenset("add sub neg reshape transpose squeeze broadcast_in_dim pad slice concatenate reduce_sum convert_element_type copy name".split())
PRODUCTS = frozenset("mul dot_general conv_general_dilated".split())
ACTIVATION_KINDS = ("relu", "elu", "leaky_relu", "gelu", "gelu_tanh", "silu", "mish", "selu", "softplus", "tanh", "sigmoid")


class _MarkTap(Tap):
    def __init__(self):
        self.kinds: dict[str, str] = {}

    def __call__(self, name, value, kind="other"):
        self.kinds[name] = kind
        return checkpoint_name(value, f"tap:{name}")


def attributable_taps(network: Network, parameters) -> tuple[str, ...]:
    """The names of the 4-D taps that are bottlenecks, or meet one before a convolution on every way back."""
    graph = _graph(network, parameters)
    spatial = [tap.name for tap in list_taps(network, parameters) if len(tap.shape) == 3]
    return tuple(name for name in spatial if graph.is_bottleneck(name) or graph.meets_bottleneck_before_convolution(name))


def is_bottleneck(network: Network, parameters, tap: str) -> bool:
    """Whether every path from the outputs back to the observation goes through a tap; memory fed may pass it by."""
    return _graph(network, parameters).is_bottleneck(tap)


def affine_entry(network: Network, parameters, tap: str) -> str | None:
    """The tap that all outputs see a tap through and that is an affine function of it; `None` where there is no such.

    It is the preactivation of the convolution or dense layer that reads the tap, where nothing else does and nothing
    that is not affine lies between.
    """
    graph = _graph(network, parameters)
    names = list(graph.kinds)
    following = names[names.index(tap) + 1 :] if tap in names else []
    if not following or graph.kinds[following[0]] != HIDDEN:
        return None
    start, entry = graph.taps[tap], graph.taps[following[0]]
    return following[0] if graph.is_affine(entry, start) and not graph.reaches(start, graph.outputs, {entry}) else None


def select_taps(
    network: Network,
    parameters,
    *,
    name_contains_one_of: Sequence[str] | None = None,
    op_is_one_of: Sequence[str] | None = None,
    bottleneck_only: bool = True,
    discard_first_n: int = 0,
) -> tuple[TapDescription, ...]:
    """The taps to attribute to.

    Args:
        network, parameters: the network.
        name_contains_one_of: keep taps whose name contains one of these; `None` keeps all.
        op_is_one_of: keep taps that follow one of these kinds of operation. `None`: the output of each residual block
            (after the addition) where the network has them, otherwise each activation function's output. "relu" in a
            residual network gives the ReLU that opens each block, as in Hilton et al.; what the skip connection
            carries is then missed.
        bottleneck_only: keep only taps that `attributable_taps` names.
        discard_first_n: drop that many of the first ones left.

    Raises:
        OptionError: if nothing is left; the message lists the taps there are.
    """
    every = [tap for tap in list_taps(network, parameters) if len(tap.shape) == 3]
    kinds = tuple(op_is_one_of) if op_is_one_of is not None else _default_kinds(every)
    chosen = [tap for tap in every if tap.kind in kinds]
    if name_contains_one_of is not None:
        chosen = [tap for tap in chosen if any(part in tap.name for part in name_contains_one_of)]
    if bottleneck_only:
        allowed = attributable_taps(network, parameters)
        chosen = [tap for tap in chosen if tap.name in allowed]
    chosen = chosen[discard_first_n:]
    if not chosen:
        there = ", ".join(f"{tap.name} ({tap.kind}, {'×'.join(map(str, tap.shape))})" for tap in every)
        raise OptionError(f"no layer is left to attribute to; this network has {there or 'no layer with positions'}")
    return tuple(chosen)


def _default_kinds(taps):
    return ("residual",) if any(tap.kind == "residual" for tap in taps) else ACTIVATION_KINDS


def _graph(network, parameters):
    leaves, structure = jax.tree.flatten(parameters)
    return _graph_of(network, structure, tuple((leaf.shape, leaf.dtype) for leaf in leaves))


@lru_cache(maxsize=16)
def _graph_of(network, structure, shapes):
    return _Graph(network, jax.tree.unflatten(structure, [jax.ShapeDtypeStruct(*leaf) for leaf in shapes]))


class _Graph:
    """The traced program as a graph from each variable back to the variables it was computed from."""

    def __init__(self, network, parameters):
        observations = jax.ShapeDtypeStruct((1, *network.observation_shape), jnp.float32)
        state = jax.eval_shape(lambda: network.initial_state(1)) if network.recurrent else None

        mark = _MarkTap()

        def outputs(observations, parameters, state):
            result = network.forward(parameters, observations, state, mark)
            return result.logits, result.value

        jaxpr = jax.make_jaxpr(outputs)(observations, parameters, state).jaxpr
        self.sources = defaultdict(set)
        self.convolutions = set()
        self.operations = {}
        self.taps, self.kinds = {}, mark.kinds
        nodes = {v: object() for v in (*jaxpr.constvars, *jaxpr.invars)}
        self.input = nodes[jaxpr.invars[0]]
        self._read(jaxpr, nodes)
        self.outputs = [nodes[v] for v in jaxpr.outvars if not _is_literal(v)]

    def _read(self, jaxpr, nodes):
        """Read a program; `nodes` has the graph's nodes of its arguments and is given those of all other variables."""
        for equation in jaxpr.eqns:
            inputs = [nodes[v] for v in equation.invars if not _is_literal(v)]
            if equation.primitive.name == "custom_vjp_call" and len(inputs) == len(equation.invars):
                # Only the gradient is written by hand; what is computed is read like all else, anew for every call, as calls may share a program.
                called = equation.params["call_jaxpr"].jaxpr
                inside = dict(zip(called.invars, inputs, strict=True))
                self._read(called, inside)
                nodes.update({v: inside[result] for v, result in zip(equation.outvars, called.outvars, strict=True)})
                continue
            for variable in equation.outvars:
                node = nodes[variable] = object()
                self.sources[node] |= set(inputs)
                self.operations[node] = (equation.primitive.name, inputs)
                if "conv_general_dilated" in equation.primitive.name or _contains_convolution(equation):
                    self.convolutions.add(node)
                if equation.primitive.name == "name" and equation.params["name"].startswith("tap:"):
                    self.taps[equation.params["name"][4:]] = node

    def reaches_input(self, start, without=frozenset()) -> bool:
        """Whether some way back from the variables in `start` leads to the observation, not through `without`."""
        return self.reaches(self.input, start, without)

    def reaches(self, goal, start, without=frozenset()) -> bool:
        """Whether some way back from the variables in `start` leads to the variable `goal`, not through `without`."""
        seen, stack = set(without), [v for v in start if v not in without]
        while stack:
            variable = stack.pop()
            if variable is goal:
                return True
            if variable not in seen:
                seen.add(variable)
                stack += [v for v in self.sources[variable] if v not in seen]
        return False

    def is_affine(self, variable, start) -> bool:
        """Whether a variable is certainly an affine function of the variable `start`, with all others fixed."""
        if variable is start or not self.reaches(start, [variable]):
            return True
        name, inputs = self.operations[variable]
        dependent = [each for each in inputs if self.reaches(start, [each])]
        allowed = name in SUMS or (name in PRODUCTS and len(dependent) == 1)
        return allowed and all(self.is_affine(each, start) for each in dependent)

    def is_bottleneck(self, name) -> bool:
        return not self.reaches_input(self.outputs, {self.taps[name]})

    def meets_bottleneck_before_convolution(self, name) -> bool:
        """Walk back from the tap, not past bottlenecks: no convolution may come first."""
        stack, seen = list(self.sources[self.taps[name]]) + [self.taps[name]], set()
        while stack:
            variable = stack.pop()
            if variable in seen or variable is self.input or not self.reaches_input([variable]):
                continue
            seen.add(variable)
            if variable is not self.taps[name] and not self.reaches_input(self.outputs, {variable}):
                continue
            if variable in self.convolutions:
                return False
            stack += list(self.sources[variable])
        return True


def _contains_convolution(equation):
    return any("conv_general_dilated" in str(value) for value in equation.params.values() if hasattr(value, "jaxpr") or hasattr(value, "eqns"))


def _is_literal(variable):
    return hasattr(variable, "val")
