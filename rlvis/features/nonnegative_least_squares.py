"""Non-negative least squares for millions of rows with the same few directions.

A row's solution is fixed by its passive set, the features whose coefficient is positive: on it the coefficients solve
ordinary least squares. K features have 2^K such sets and most rows share a few of them, so rows are sorted by set and
each set is solved by one small matrix product.
"""

import numpy as np
from scipy.optimize import nnls

from rlvis.errors import OptionError
from rlvis.parallel.blas_threads import single_blas_thread

MAX_DIRECTIONS = 64
CHUNK_ROWS = 2**15
# Relative to the row's largest z·h: a slack this small is rounding, not a violated condition.
TOLERANCE = 1e-6
# Nearly every row is done after five exchanges; one that still is not may be cycling.
MAX_EXCHANGES = 12
MAX_TABLED = 16


@single_blas_thread()
def nonnegative_least_squares(rows, directions, tolerance: float = TOLERANCE) -> np.ndarray:
    """The coefficients `w ≥ 0` that minimise `‖z − w H‖₂` for every row z.

    With directions scaled to unit length the solution meets the optimality conditions `w ≥ 0`, `g = (w H − z) Hᵀ ≥ 0`,
    `w g = 0` up to `tolerance · max z Hᵀ`. Directions that are zero get coefficient 0.

    Args:
        rows: Z, `(R, c)` floating point, finite.
        directions: H, `(K, c)`, at most 64 of them.
        tolerance: as above.

    Returns:
        W, `(R, K)` float32.

    Raises:
        OptionError: for more than 64 directions, or widths that differ.

    Source: block principal pivoting, Kim & Park 2011, "Fast nonnegative matrix factorization", section 4; grouping
    rows by passive set: Van Benthem & Keenan 2004.
    """
    rows, directions = np.asarray(rows), np.asarray(directions, np.float64)
    if rows.ndim != 2 or directions.ndim != 2 or rows.shape[1] != directions.shape[1]:
        raise OptionError(f"rows and directions must be (R, c) and (K, c); found {rows.shape} and {directions.shape}")
    solver = PassiveSetSolver(directions, tolerance)
    coefficients = np.empty((len(rows), len(directions)), np.float32)
    for chunk in solver.chunks(len(rows)):
        coefficients[chunk] = solver(rows[chunk])[0].T
    return coefficients


class PassiveSetSolver:
    """Solves chunks of rows for fixed directions, and keeps each passive set's matrix.

    Inside, rows run along the last axis: NumPy is several times faster at comparing and reducing K long arrays than
    many short ones.
    """

    def __init__(self, directions: np.ndarray, tolerance: float = TOLERANCE):
        if len(directions) > MAX_DIRECTIONS:
            raise OptionError(f"non-negative least squares takes at most {MAX_DIRECTIONS} directions, got {len(directions)}")
        norms = np.linalg.norm(directions, axis=1)
        self.scale = np.divide(1, norms, out=np.zeros(len(norms)), where=norms > 0)
        self.unit = directions * self.scale[:, None]
        self.gram = self.unit @ self.unit.T
        self.tolerance = np.float32(tolerance)
        code = np.dtype(np.uint8 if len(norms) <= 8 else np.uint16 if len(norms) <= 16 else np.uint64)
        self.bits = np.left_shift(np.ones((len(norms), 1), code), np.arange(len(norms), dtype=code)[:, None])
        self._matrices: dict[int, np.ndarray] = {}

    def chunks(self, count: int) -> list[slice]:
        """Slices of that many rows, each small enough to be solved in little memory."""
        size = CHUNK_ROWS if len(self.gram) <= MAX_TABLED else max(1, 2**21 // len(self.gram) ** 2)
        return [slice(start, start + size) for start in range(0, count, size)]

    def __call__(self, rows: np.ndarray, passive: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients `(K, R)` float32, and the rows' passive sets as bit codes `(R,)`.

        Args:
            rows: `(R, c)`.
            passive: bit codes to start from, such as those found for nearby directions; guessed if `None`.
        """
        projections = self.unit.astype(np.float32) @ rows.T.astype(np.float32, copy=False)
        # A row that no direction points along has the solution zero, which has no slack.
        slack = -self.tolerance * np.maximum(projections.max(axis=0), 0)
        guess = self._encode(projections > 0) if passive is None else passive
        solution, codes, pending = None, np.empty(len(rows), self.bits.dtype), np.arange(len(rows))
        for _ in range(MAX_EXCHANGES):
            order = np.argsort(guess, kind="stable")
            pending, guess, projections, slack = pending[order], guess[order], projections.take(order, axis=1), slack[order]
            values = self._solve_sorted(projections, guess)
            violated = values < slack
            values *= (guess & self.bits) != 0
            codes[pending] = guess
            if solution is None:
                # All rows are pending: undoing their order is twice as fast as putting each in its place.
                solution = values.take(_inverse(order), axis=1)
            else:
                solution[:, pending] = values
            left = np.flatnonzero(violated.any(axis=0))
            pending, projections, slack = pending[left], projections.take(left, axis=1), slack[left]
            guess = guess[left] ^ self._encode(violated.take(left, axis=1))
            if not len(pending):
                break
        for row in pending:
            solution[:, row] = nnls(self.unit.T, rows[row].astype(np.float64))[0]
            codes[row] = self._encode(solution[:, row, None] > 0)[0]
        np.maximum(solution, 0, out=solution)
        solution *= self.scale[:, None].astype(np.float32)
        return solution, codes

    def _solve_sorted(self, projections, codes):
        """Coefficients on each row's passive set and the gradient off it, for rows sorted by set."""
        if len(self.gram) > MAX_TABLED:
            return self._solve_singly(projections, codes)
        values = np.empty(projections.shape, np.float32)
        if len(codes):
            starts = [0, *(np.flatnonzero(codes[1:] != codes[:-1]) + 1), len(codes)]
            matrices = self._matrices_of(codes[starts[:-1]])
            for matrix, start, stop in zip(matrices, starts[:-1], starts[1:], strict=True):
                np.matmul(matrix, projections[:, start:stop], out=values[:, start:stop])
        return values

    def _matrices_of(self, codes):
        """Matrices that take a row's projections to its coefficients on a passive set and its gradient off it."""
        new = np.array([code for code in codes.tolist() if code not in self._matrices], self.bits.dtype)
        if len(new):
            passive, both = self._members(new)
            identity = np.eye(len(self.gram))
            inverse = np.where(both, _inverses(np.where(both, self.gram, identity)), 0)
            matrices = np.where(passive[:, :, None], inverse, self.gram @ inverse - identity).astype(np.float32)
            self._matrices.update(zip(new.tolist(), matrices, strict=True))
        return [self._matrices[code] for code in codes.tolist()]

    def _solve_singly(self, projections, codes):
        """The same for many directions, of which hardly two rows have the same passive set."""
        passive, both = self._members(codes)
        ridged = np.where(both, self.gram, 0) + np.eye(len(self.gram)) * np.where(passive, 1e-9, 1)[:, None]
        targets = projections.T.astype(np.float64)
        solved = np.linalg.solve(ridged, np.where(passive, targets, 0)[:, :, None])[:, :, 0]
        return np.where(passive, solved, solved @ self.gram - targets).T.astype(np.float32)

    def _members(self, codes):
        passive = (codes[:, None] & self.bits[:, 0]) != 0
        return passive, passive[:, :, None] & passive[:, None, :]

    def _encode(self, members):
        return np.bitwise_or.reduce(np.where(members, self.bits, 0).astype(self.bits.dtype, copy=False), axis=0)


def _inverses(matrices):
    """Inverses of symmetric matrices `(…, K, K)` with unit diagonal."""
    try:
        inverses = np.linalg.inv(matrices)
        doubtful = np.abs(inverses).max(axis=(-2, -1), initial=0) > 1e8
    except np.linalg.LinAlgError:
        inverses, doubtful = np.empty_like(matrices), np.ones(len(matrices), bool)
    # Directions that nearly coincide leave the solution open: the pseudo-inverse takes the smallest one.
    if doubtful.any():
        inverses[doubtful] = np.linalg.pinv(matrices[doubtful], rcond=1e-10, hermitian=True)
    return inverses


def _inverse(order):
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places
