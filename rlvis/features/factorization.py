"""Non-negative matrix factorization of many rows into few components.

For given components H the best coefficients are known exactly (`nonnegative_least_squares.py`), so only the K·c entries
of H are left to search. By the envelope theorem the gradient of the remaining problem is

    f(H) = min over W ≥ 0 of ‖Z − W H‖²,   ∇f = 2 Wᵀ (W H − Z)   with the minimising W,

and a quasi-Newton method on it converges in tens of evaluations where alternating updates of W and H take hundreds.
Several starts are compared on a part of the rows, and the best two finished on all of them.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.optimize import Bounds, minimize

from rlvis.features.nonnegative_least_squares import PassiveSetSolver
from rlvis.features.row_sample import RowSample
from rlvis.parallel.batches import core_count
from rlvis.parallel.blas_threads import single_blas_thread

RANDOM_STARTS = 3
# Rows, how many starts go on from there, and the relative decrease of f per iteration (over PATIENCE of them) below
# which to stop: starts are compared on few rows, the best two again on more, and the winner is finished on all. With
# tolerances of a tenth and twice the rows the error was the same within 2 · 10⁻⁶ of itself on every layer tried.
STAGES = ((2**13, 2, 1e-3), (2**15, 1, 1e-4))
LAST_TOLERANCE = 1e-6
PATIENCE = 8
MAX_ITERATIONS = 200


@single_blas_thread()
def factorize(sample: RowSample, features: int, seed: int) -> tuple[np.ndarray, float]:
    """Components `(K, c)` float32 with rows summing to 1, those with the largest Σ W first, and the relative error.

    Where no more than K channels are ever active, each of them is a component, and the rest are zero.
    """
    rows = sample.rows
    active = np.flatnonzero(rows.any(axis=0)) if len(rows) else np.zeros(0, int)
    if len(active) <= features:
        components, error = np.zeros((features, rows.shape[1])), 0.0
        components[np.arange(len(active)), active] = 1
    else:
        components = np.zeros((features, rows.shape[1]))
        components[:, active], error = _search(RowSample(rows[:, active], sample.population, sample.energy), features, seed)
    return _sorted(components, rows), error


def _search(sample, features, seed):
    scale = np.float32(np.sqrt(len(sample.rows) / np.square(sample.rows, dtype=np.float64).sum()))
    stages = [(sample.reduced(size, seed).rows * scale, survivors, tolerance) for size, survivors, tolerance in STAGES if size < len(sample.rows)]
    stages.append((sample.rows * scale, 1, LAST_TOLERANCE))
    scouts, generator = stages[0][0], np.random.default_rng(seed)
    starts = [_singular_vectors_start(scouts, features), *(_rows_start(scouts, features, generator) for _ in range(RANDOM_STARTS))]
    with ThreadPoolExecutor(core_count(), thread_name_prefix="rlvis") as pool:
        for rows, survivors, tolerance in stages:
            results = sorted(_descend_all(rows, starts, tolerance, pool), key=lambda result: result[1])[:survivors]
            starts = [components for components, _ in results]
    return results[0][0], float(np.sqrt(results[0][1]))


def _descend_all(rows, starts, tolerance, pool):
    """Minimise f from each start: threads take one each, or, where there is only one, a chunk of rows each."""
    if len(starts) == 1:
        return [_descend(rows, starts[0], tolerance, pool.map)]
    return list(pool.map(lambda start: _descend(rows, start, tolerance, map), starts))


def _descend(rows, start, tolerance, map_chunks):
    """Minimise f from a start: components and `f / ‖Z‖²`."""
    objective = _Objective(rows, start, map_chunks)
    # Sizes are shared out between W and H so that f bends alike in every component: ∂²f/∂H² = 2 Σ W² / ‖Z‖² = 2.
    start = start * np.where(objective.shares > 0, objective.shares, 1)[:, None]
    values = []

    def stop_when_slow(intermediate_result):
        # The method's own test looks at a single step, and the first one is often tiny.
        values.append(intermediate_result.fun)
        if len(values) > PATIENCE and values[-1 - PATIENCE] - values[-1] < PATIENCE * tolerance * values[-1]:
            raise StopIteration

    result = minimize(
        objective, start.ravel(), jac=True, method="L-BFGS-B", bounds=Bounds(0, np.inf), callback=stop_when_slow,
        options={"maxiter": MAX_ITERATIONS, "maxcor": 20, "ftol": 0, "gtol": 0},
    )
    return result.x.reshape(start.shape), 2 * float(result.fun)


class _Objective:
    """`f(H) / (2 ‖Z‖²)` and its gradient; remembers each row's passive set, as it rarely changes from step to step.

    Rows that have the same passive set at the start are put together, so that a chunk of them has few.

    Args:
        rows: Z.
        start: H to begin with.
        map_chunks: `map`, or one that works in parallel.

    Attributes:
        shares: `sqrt(Σ W² / ‖Z‖²)` of each component at the start.
    """

    def __init__(self, rows, start, map_chunks):
        self.shape, self.map_chunks = start.shape, map_chunks
        self.total = np.square(rows, dtype=np.float64).sum()
        solver = PassiveSetSolver(start)
        solved = list(map_chunks(lambda chunk: solver(rows[chunk]), solver.chunks(len(rows))))
        squares = sum(np.einsum("kr,kr->k", coefficients, coefficients, dtype=np.float64) for coefficients, _ in solved)
        self.shares = np.sqrt(squares / self.total)
        passive = np.concatenate([codes for _, codes in solved])
        order = np.argsort(passive, kind="stable")
        self.rows, self.passive = rows[order], passive[order]

    def __call__(self, flat):
        components = flat.reshape(self.shape)
        solver, narrow = PassiveSetSolver(components), components.astype(np.float32)

        def value_and_gradient(chunk):
            rows = self.rows[chunk]
            coefficients, self.passive[chunk] = solver(rows, self.passive[chunk])
            residual = coefficients.T @ narrow
            residual -= rows
            value = np.einsum("rc,rc->r", residual, residual).sum(dtype=np.float64)
            return np.append(value / 2, coefficients @ residual)

        value, *gradient = sum(self.map_chunks(value_and_gradient, solver.chunks(len(self.rows)))) / self.total
        return value, np.array(gradient)


def _singular_vectors_start(rows, features):
    """Components from the leading singular vectors, each cut to its heavier sign (NNDSVD, Boutsidis & Gallopoulos 2008)."""
    values, vectors = np.linalg.eigh(rows.T.astype(np.float64) @ rows)
    values, vectors = values[::-1][:features], vectors[:, ::-1][:, :features]
    left = rows @ vectors
    mass = {sign: np.linalg.norm(np.maximum(sign * vectors, 0), axis=0) * np.linalg.norm(np.maximum(sign * left, 0), axis=0) for sign in (1, -1)}
    sign = np.where(mass[1] >= mass[-1], 1, -1)
    components = np.maximum(sign * vectors, 0)
    components /= np.maximum(np.linalg.norm(components, axis=0), 1e-12)
    return components.T


def _rows_start(rows, features, generator):
    """Components that are rows of the data, each drawn in proportion to what those before it leave unexplained."""
    chosen = np.zeros((features, rows.shape[1]))
    for index in range(features):
        residual = rows
        if index:
            residual = rows - PassiveSetSolver(chosen[:index])(rows)[0].T @ chosen[:index].astype(np.float32)
        energies = np.square(residual, dtype=np.float64).sum(axis=1)
        row = rows[generator.choice(len(rows), p=energies / energies.sum())] if energies.sum() > 0 else rows[generator.integers(len(rows))]
        chosen[index] = row / np.linalg.norm(row)
    return chosen


def _sorted(components, rows):
    """Rows of sum 1, sorted by their total coefficient; ties keep their order."""
    sums = components.sum(axis=1, keepdims=True)
    components = np.divide(components, sums, out=np.zeros_like(components), where=sums > 0)
    solver = PassiveSetSolver(components)
    totals = sum((solver(rows[chunk])[0].sum(axis=1, dtype=np.float64) for chunk in solver.chunks(len(rows))), np.zeros(len(components)))
    return components[np.argsort(-totals, kind="stable")].astype(np.float32)
