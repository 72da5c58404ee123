"""rlvis: see what a trained vision agent looks at, and why.

The names below are loaded when first used, so that ``import rlvis`` starts neither JAX nor MPI.
"""

from importlib import import_module

__version__ = "0.1.0"

_PUBLIC = {
    "run": "rlvis.pipeline",
    "load": "rlvis.checkpoints",
    "save": "rlvis.checkpoints",
    "train": "rlvis.training.train",
    "evaluate": "rlvis.evaluation.evaluate",
    "publish": "rlvis.reports",
    "Network": "rlvis.networks",
    "Checkpoint": "rlvis.checkpoints",
    "RlvisError": "rlvis.errors",
}

__all__ = [*_PUBLIC, "__version__"]


def __getattr__(name):
    if name not in _PUBLIC:
        raise AttributeError(f"module 'rlvis' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__():
    return __all__
