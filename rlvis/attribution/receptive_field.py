"""A network's own attention as a picture: every pixel gets the attention of all positions that see it."""

import numpy as np

from rlvis.errors import NetworkError
from rlvis.networks import Network
from rlvis.networks.receptive_fields import ReceptiveField, attention_receptive_field, coverage


def render_attention(attention, receptive_field, stride, padding, size) -> np.ndarray:
    """Attention over positions, spread over the pixels that each position sees.

    `m[y, x] = max(0, Σ_ij a[i, j] · [0 ≤ y + p − i·s < r] · [0 ≤ x + p − j·s < r])`: a transposed convolution with an
    r × r kernel of ones, which is a sum along rows and then along columns.

    Args:
        attention: `(N, h, w)`.
        receptive_field, stride, padding: r, s and p in pixels: a number, or one for rows and one for columns.
        size: `(H, W)` of the picture.

    Returns:
        `(N, H, W)` float32, in the units of the attention; see `scale_sequence`.

    Raises:
        NetworkError: if the attention is not `(N, h, w)`.

    Source: Nikulin et al. 2019, section on visualization.
    """
    attention = np.asarray(attention, np.float32)
    if attention.ndim != 3:
        raise NetworkError(f"attention has shape {attention.shape}; expected (N, h, w)")
    r, s, p = (np.broadcast_to(value, 2) for value in (receptive_field, stride, padding))
    rows, columns = (coverage(attention.shape[axis + 1], int(r[axis]), int(s[axis]), int(p[axis]), size[axis]) for axis in (0, 1))
    return np.maximum(rows @ attention @ columns.T, 0)


def render_in(field: ReceptiveField, attention) -> np.ndarray:
    """`render_attention` for the receptive field that `attention_receptive_field` gives."""
    return render_attention(attention, field.size, field.stride, field.padding, field.picture)


def over_pixels(network: Network, attention) -> np.ndarray:
    """A network's attention `(N, h, w)` over the pixels of its observations, as `render_attention` spreads it.

    Of a network that exists only as Python code nobody knows the receptive fields: its positions, where not below 0, are
    returned as they are, and divide the picture among them.
    """
    try:
        return render_in(attention_receptive_field(network), attention)
    except NetworkError:
        return np.maximum(attention, 0)


def scale_sequence(maps: np.ndarray, tiny: float = 1e-8) -> np.ndarray:
    """Maps `(N, H, W)` divided by the largest value of the whole sequence, so that frames can be compared; all near 0 stay as they are.

    Source: Nikulin et al. 2019, section on visualization.
    """
    largest = float(maps.max(initial=0))
    return maps / largest if largest > tiny else maps
