"""How much is held at a time, from one number: what a process may use for its work, beyond Python, JAX and compiled programs.

What changes results in their last digits (frames in a batch, rows in a sample) depends on the budget alone, not on the
number of cores or ranks; what is enough for all the usual networks is not touched by the default budget. An accelerator has
memory of its own, and is slow with small batches: what lies there depends on how much it has.
"""

from dataclasses import dataclass

from rlvis.errors import OptionError
from rlvis.parallel.devices import accelerator_memory

SMALLEST, DEFAULT = 0.1, 2.0


@dataclass(frozen=True)
class MemoryBudget:
    """Bytes for each kind of work.

    Side by side are at most: batches in flight, or one layer's examples being chosen, with seven sixteenths of the budget;
    the sample that features are fitted to; activations; one layer's planes; and, twice, frames.

    Attributes:
        planes: for the numbers of one layer and one trajectory, or of the example observations; more go to a temporary file.
        frames: for the observations, and what else is large, of all trajectories, and for those of the example observations;
            more stay in files.
        batch: for the results of one batch of attribution.
        device: for what one batch takes on the device that computes it; the same on a CPU.
        activations: for the activations of frames at all layers; with more frames they are computed anew for each layer.
        rows: for the sample of rows that features are fitted to.
        total: the whole budget.
    """

    planes: int
    frames: int
    batch: int
    device: int
    activations: int
    rows: int
    total: int

    def batch_size(self, wanted: int, frame_bytes: int, result_bytes: int = 0) -> int:
        """Frames in a batch: those wanted, halved until they fit.

        Args:
            wanted: at most so many.
            frame_bytes: what a frame takes while it is attributed, on the device.
            result_bytes: what its results take.
        """
        while wanted > 1 and (wanted * frame_bytes > self.device or wanted * result_bytes > self.batch):
            wanted //= 2
        return wanted

    def in_flight(self, wanted: int, batch_bytes: int) -> int:
        """Batches at a time: those wanted, as long as they fit beside what else is held and done meanwhile; the number changes no result."""
        return max(1, min(wanted, 7 * self.total // 16 // max(1, batch_bytes)))

    def sample_rows(self, wanted: int, channels: int) -> int:
        """Rows in the sample: those wanted, or as many as fit with what is held while they are collected."""
        return max(1, min(wanted, self.rows // (12 * channels)))


def memory_budget(gigabytes: float = DEFAULT) -> MemoryBudget:
    """The shares of a budget.

    Raises:
        OptionError: for less than a tenth of a gigabyte.
    """
    if gigabytes < SMALLEST:
        raise OptionError(f"a memory budget of {gigabytes:g} GB is too small to work with; give at least {SMALLEST:g}")
    total = int(gigabytes * 1e9)
    return MemoryBudget(planes=total // 16, frames=total // 16, batch=total // 6, device=max(total // 6, accelerator_memory() // 16), activations=total // 8, rows=total // 4, total=total)
