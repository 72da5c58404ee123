"""What a format finds in a file, before anybody knows which network it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rlvis.checkpoints.opened_file import OpenedFile


@dataclass(frozen=True)
class Contents:
    """Named tensors and what lies beside them.

    Attributes:
        format: the format's name, a key of `FORMATS`.
        title: what to call the file in a sentence.
        tensors: by the file's own names; each has a `shape` and becomes an array when `numpy.asarray` is called on it.
        convention: the key in `CONVENTIONS` of how this kind of file lays out its arrays, where it has one.
        metadata: plain data found beside the tensors.
    """

    format: str
    title: str
    tensors: Mapping[str, Any]
    convention: str = "torch"
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """A way in which checkpoints are stored.

    Attributes:
        name: a short name.
        title: what to call it in a sentence.
        recognise: whether a file looks like one, by its content.
        read: its contents; raises `CheckpointError`.
    """

    name: str
    title: str
    recognise: Callable[[OpenedFile], bool]
    read: Callable[[OpenedFile], Contents]
