"""Checkpoints of trained agents: any known file in, one `Checkpoint` out; nothing in a file is ever executed.

The way of a file: `opened_file.py` → one of `formats/` (named tensors) → one of `presets/` (which network they are) →
`parameters.py` (rlvis's layout, checked) → `Checkpoint`. `saving.py` writes rlvis's own format.
"""

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.checkpoints.formats import FORMATS
from rlvis.checkpoints.loading import load
from rlvis.checkpoints.presets import PRESETS
from rlvis.checkpoints.saving import save

__all__ = ["FORMATS", "PRESETS", "Checkpoint", "load", "save"]
