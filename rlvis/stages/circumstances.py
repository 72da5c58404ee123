"""What every result depends on besides options and agent: the code, and the machine that runs it."""

import hashlib
import importlib.metadata
import os
from functools import cache
from pathlib import Path

import jax

import rlvis
from rlvis.processor import processor_kind

PACKAGES = ("jax", "jaxlib", "numpy", "scipy")


@cache
def code_version() -> str:
    """A hash of rlvis's own source: a changed line makes another version, released or not."""
    folder = Path(rlvis.__file__).parent
    state = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        state.update(f"{path.relative_to(folder).as_posix()}\n".encode() + path.read_bytes())
    return state.hexdigest()


def circumstances() -> dict[str, str]:
    """The code, the packages that compute, the kind of device, and what JAX was told by environment variables."""
    told = {name: value for name, value in os.environ.items() if name.startswith(("JAX_", "XLA_")) and "CACHE" not in name}
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    device = jax.devices()[0].device_kind
    return {"code": code_version(), "platform": jax.default_backend(), "precision": jax.config.jax_default_matmul_precision, "device": device, "processor": processor_kind(), **versions, **told}
