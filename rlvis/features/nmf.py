"""The channel directions of a layer: non-negative matrix factorization of where, and by which channels, it mattered."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rlvis.errors import OptionError
from rlvis.features.factorization import factorize
from rlvis.features.nonnegative_least_squares import PassiveSetSolver
from rlvis.features.row_sample import RowSample, RowSampler
from rlvis.parallel.blas_threads import single_blas_thread

DEFAULT_MAX_ROWS = 2**18


@dataclass(frozen=True, eq=False)
class ChannelDirections:
    """K directions in a layer's channel space: its features.

    Attributes:
        components: H, `(K, c)` float32, non-negative. Each row sums to 1, so that a coefficient is the total over
            channels of what it stands for; a row of zeros is a feature that the data did not need.
        reconstruction_error: `‖Z − W H‖ / ‖Z‖` (Frobenius) over the rows the directions were fitted to, an unbiased
            estimate for all rows where those are a sample; 0 where the features are the channels.
        fitted_to: "attributions", "activations", or "channels" where each channel is a feature by itself.
        rows: how many rows (position, sign) that are not zero there were.
        rows_used: how many of them the directions were fitted to.
        seed: of the choice of rows and of starting points.
    """

    components: np.ndarray
    reconstruction_error: float = 0.0
    fitted_to: str = "channels"
    rows: int = 0
    rows_used: int = 0
    seed: int = 0

    @property
    def features(self) -> int:
        """K."""
        return len(self.components)

    @property
    def channels(self) -> int:
        """c."""
        return self.components.shape[1]

    @single_blas_thread()
    def transform(self, values) -> np.ndarray:
        """T: the coefficients `w ≥ 0` that minimise `‖max(z, 0) − w H‖₂` at every position.

        Args:
            values: z, `(…, c)`; negative entries count as 0.

        Returns:
            `(…, K)` float32.
        """
        values = np.asarray(values, np.float32)
        if values.shape[-1:] != (self.channels,):
            raise OptionError(f"these features are directions of {self.channels} channels; the values to transform have shape {values.shape}")
        if self.fitted_to == "channels":
            return np.maximum(values, 0)
        rows, solver = values.reshape(-1, self.channels), self._solver
        coefficients = np.empty((len(rows), self.features), np.float32)
        for chunk in solver.chunks(len(rows)):
            coefficients[chunk] = solver(np.maximum(rows[chunk], 0))[0].T
        return coefficients.reshape(*values.shape[:-1], self.features)

    @cached_property
    def _solver(self):
        return PassiveSetSolver(self.components.astype(np.float64))

    def inverse_transform(self, coefficients) -> np.ndarray:
        """T⁻¹: `w H`, `(…, c)` float32, for coefficients w of any sign, `(…, K)`."""
        return np.asarray(coefficients, np.float32) @ self.components


def identity_directions(channels: int) -> ChannelDirections:
    """The channels themselves as features."""
    return ChannelDirections(np.eye(channels, dtype=np.float32))


def fit_channel_directions(
    attributions,
    features: int | None = 8,
    seed: int = 0,
    max_rows: int = DEFAULT_MAX_ROWS,
    activations: bool = False,
) -> ChannelDirections:
    """Find K channel directions by NMF of `max(attr, 0)` stacked over `max(−attr, 0)`.

    `min ‖Z − W H‖² over W, H ≥ 0`, rows of Z being positions; features are sorted by how much attribution they take
    up, Σ W, most first. The result does not depend on how the observations are split into batches.

    Args:
        attributions: `(N, h, w, c)`, or an iterable of such batches, which are read once.
        features: K; `None` for the channels themselves. Where K ≥ c, those are the best factorization too.
        seed: of the choice of rows and of starting points.
        max_rows: fit to a random sample of that many rows, strong ones more likely and all weighted so that the
            fit is to all of them (`row_sample.py`).
        activations: the values are activations instead: Z is `max(a, 0)`.

    Raises:
        OptionError: for fewer than one feature or no observations.
        NetworkError: if a value is NaN or infinite.

    Source: Hilton et al. 2020, "Attribution"; Lee & Seung 1999.
    """
    sampler, first = RowSampler(max_rows, seed, signed=not activations), 0
    for batch in _batches(attributions):
        if features is None:
            return identity_directions(batch.shape[-1])
        sampler.add(batch, first)
        first += len(batch)
    return fit_sample(sampler.finish(), features, seed, "activations" if activations else "attributions")


def fit_sample(sample: RowSample, features: int, seed: int = 0, fitted_to: str = "attributions") -> ChannelDirections:
    """Find K channel directions from rows that were sampled already, as `fit_channel_directions` does."""
    if features < 1:
        raise OptionError(f"NMF needs at least 1 feature, got {features}; None stands for the channels themselves")
    channels = sample.rows.shape[1]
    if features >= channels:
        return identity_directions(channels)
    components, error = factorize(sample, features, seed)
    return ChannelDirections(components, error, fitted_to, sample.population, len(sample.rows), seed)


def reconstruction_error(directions: ChannelDirections, attributions, activations: bool = False) -> float:
    """`‖Z − T⁻¹(T(Z))‖ / ‖Z‖` over every row of the given attributions; 0 if all are zero.

    Args:
        directions: the features.
        attributions, activations: as in `fit_channel_directions`.
    """
    missed = total = 0.0
    for batch in _batches(attributions):
        flat = batch.reshape(-1, batch.shape[-1])
        for signed in (flat,) if activations else (flat, -flat):
            rows = np.maximum(signed, 0)
            residual = rows - directions.inverse_transform(directions.transform(rows))
            missed += np.square(residual, dtype=np.float64).sum()
            total += np.square(rows, dtype=np.float64).sum()
    return float(np.sqrt(missed / total)) if total else 0.0


def _batches(attributions) -> Iterable[np.ndarray]:
    batches = [attributions] if hasattr(attributions, "ndim") else attributions
    for batch in batches:
        batch = np.asarray(batch, np.float32)
        if batch.ndim != 4:
            raise OptionError(f"attributions must be (N, h, w, c), found {batch.shape}")
        yield batch
