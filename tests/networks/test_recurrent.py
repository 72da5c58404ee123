import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.errors import NetworkError
from rlvis.networks import recurrent


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def random_cell(cell, inputs=3, features=4):
    generator = np.random.default_rng(0)
    shapes = recurrent.parameter_shapes(cell, inputs, features)
    parameters = {name: generator.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    x = generator.standard_normal((2, inputs)).astype(np.float32)
    state = {name: generator.standard_normal((2, features)).astype(np.float32) for name in recurrent.initial_state(cell, 2, features)}
    return parameters, x, state


def test_lstm_equals_its_formula():
    p, x, state = random_cell("lstm")
    gates = x @ p["input_kernel"] + state["h"] @ p["hidden_kernel"] + p["bias"]
    i, f, g, o = np.split(gates, 4, axis=1)
    c = sigmoid(f) * state["c"] + sigmoid(i) * np.tanh(g)
    output, new = recurrent.step("lstm", p, x, state)
    assert_allclose(new["c"], c, rtol=1e-5)
    assert_allclose(output, sigmoid(o) * np.tanh(c), rtol=1e-5)
    assert_allclose(new["h"], output)


def test_gru_applies_the_reset_gate_after_the_hidden_product():
    p, x, state = random_cell("gru")
    a = np.split(x @ p["input_kernel"] + p["bias"], 3, axis=1)
    b = np.split(state["h"] @ p["hidden_kernel"] + p["hidden_bias"], 3, axis=1)
    r, z = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
    expected = (1 - z) * np.tanh(a[2] + r * b[2]) + z * state["h"]
    output, _ = recurrent.step("gru", p, x, state)
    assert_allclose(output, expected, rtol=1e-5)


def test_unknown_cell():
    with pytest.raises(NetworkError, match="unknown recurrent cell 'rnn'"):
        recurrent.initial_state("rnn", 1, 2)
