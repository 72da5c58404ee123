"""Recurrent cells as pure functions of parameters, input and state."""

import jax
import jax.numpy as jnp

from rlvis.errors import NetworkError


def from_input(parameters, x):
    """The gates' share of an input x `(N, D)`: `x · W_x + b`, `(N, gates · H)`."""
    return x @ parameters["input_kernel"] + parameters["bias"]


def lstm(parameters, y, state):
    """One step of an LSTM cell.

    `i, f, g, o = split(y + h · W_h)`, `c' = σ(f) c + σ(i) tanh(g)`, `h' = σ(o) tanh(c')`.

    Args:
        parameters: "input_kernel" `(D, 4H)`, "hidden_kernel" `(H, 4H)`, "bias" `(4H,)`; gates in the order i, f, g, o.
        y: `(N, 4H)`, from `from_input`.
        state: "c" and "h", each `(N, H)`.

    Returns:
        The output h' `(N, H)` and the new state.
    """
    gates = y + state["h"] @ parameters["hidden_kernel"]
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    c = jax.nn.sigmoid(f) * state["c"] + jax.nn.sigmoid(i) * jnp.tanh(g)
    h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return h, {"c": c, "h": h}


def gru(parameters, y, state):
    """One step of a GRU cell, in PyTorch's form: the reset gate is applied to `W_h h + b_h`.

    `r, z = σ(…)`, `n = tanh(y_n + r (h · V_n + c_n))`, `h' = (1 − z) n + z h`.

    Args:
        parameters: "input_kernel" `(D, 3H)`, "hidden_kernel" `(H, 3H)`, "bias" and "hidden_bias" `(3H,)`; gates in
            the order r, z, n.
        y: `(N, 3H)`, from `from_input`.
        state: "h" `(N, H)`.

    Returns:
        The output h' `(N, H)` and the new state.
    """
    y = jnp.split(y, 3, axis=-1)
    from_hidden = jnp.split(state["h"] @ parameters["hidden_kernel"] + parameters["hidden_bias"], 3, axis=-1)
    r = jax.nn.sigmoid(y[0] + from_hidden[0])
    z = jax.nn.sigmoid(y[1] + from_hidden[1])
    n = jnp.tanh(y[2] + r * from_hidden[2])
    h = (1 - z) * n + z * state["h"]
    return h, {"h": h}


CELLS = {"lstm": (lstm, ("c", "h"), 4), "gru": (gru, ("h",), 3)}


def step(cell, parameters, x, state):
    """One step of the named cell: `(output, new state)`."""
    return step_behind_input(cell, parameters, from_input(parameters, x), state)


def step_behind_input(cell, parameters, y, state):
    """The same, given what `from_input` makes of the input."""
    return _cell(cell)[0](parameters, y, state)


def initial_state(cell, batch_size, features):
    """The state at the start of an episode: zeros, a dictionary of `(N, H)` arrays."""
    return {part: jnp.zeros((batch_size, features), jnp.float32) for part in _cell(cell)[1]}


def parameter_shapes(cell, inputs, features):
    """The shapes of the named cell's parameters."""
    gates = _cell(cell)[2]
    shapes = {"input_kernel": (inputs, gates * features), "hidden_kernel": (features, gates * features), "bias": (gates * features,)}
    return {**shapes, "hidden_bias": (gates * features,)} if cell == "gru" else shapes


def _cell(name):
    if name not in CELLS:
        raise NetworkError(f"unknown recurrent cell {name!r}; there are {', '.join(CELLS)}")
    return CELLS[name]
