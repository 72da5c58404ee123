"""Kinds of files that are recognised, in order to say what they are and what to do instead."""

from collections.abc import Callable
from dataclasses import dataclass

from rlvis.checkpoints.formats.zip_archive import member_names
from rlvis.checkpoints.opened_file import OpenedFile

# A tar archive names its format at this offset of its first header.
_TAR_MARK = slice(257, 262)


@dataclass(frozen=True)
class Unsupported:
    """A kind of file that cannot be read.

    Attributes:
        title: what it is.
        advice: what to do.
        recognise: whether a file is one.
    """

    title: str
    advice: str
    recognise: Callable[[OpenedFile], bool]


def _holds(*names):
    return lambda file: file.is_directory and any((file.path / name).exists() for name in names)


def _holds_suffix(suffix):
    return lambda file: file.is_directory and any(True for _ in file.path.glob(f"*{suffix}"))


_AS_ARRAYS = "save its variables as a NumPy archive (numpy.savez) and describe the network in a file given with --map"

UNSUPPORTED = (
    Unsupported("a TensorFlow SavedModel", _AS_ARRAYS, _holds("saved_model.pb", "saved_model.pbtxt")),
    Unsupported("a TensorFlow checkpoint", _AS_ARRAYS, _holds_suffix(".index")),
    Unsupported("a TensorFlow checkpoint's index", _AS_ARRAYS, lambda file: not file.is_directory and file.path.suffix == ".index" and file.prefix[:1] == b"\x00"),
    Unsupported("an RLlib checkpoint", "save the policy's weights (policy.get_weights()) as a NumPy archive and describe the network in a file given with --map", _holds("rllib_checkpoint.json", "algorithm_state.pkl")),
    Unsupported("a Hugging Face repository", "give the path of the checkpoint in it", _holds(".gitattributes", "README.md")),
    Unsupported("a Keras archive", "save it in the older format (model.save('agent.h5')), or its weights as a NumPy archive", lambda file: "model.weights.h5" in member_names(file)),
    Unsupported("a program of torch.export", "save the model's parameters instead: torch.save(model.state_dict(), path)", lambda file: any("data/weights/" in name or name.endswith("models/model.json") for name in member_names(file))),
    Unsupported("a single NumPy array", "save the arrays by name as a NumPy archive (numpy.savez)", lambda file: file.prefix.startswith(b"\x93NUMPY")),
    Unsupported("a tar file of PyTorch before 0.2", "load and save it with a PyTorch between 0.4 and 2.5", lambda file: file.prefix[_TAR_MARK] == b"ustar"),
    Unsupported("an lz4-compressed file", "save it uncompressed, or with zlib or gzip", lambda file: file.prefix.startswith(b"\x04\x22\x4d\x18")),
    Unsupported("a zstd-compressed file", "decompress it first", lambda file: file.prefix.startswith(b"\x28\xb5\x2f\xfd")),
    Unsupported("a Git LFS pointer, which stands for a file that was not downloaded", "download it with git lfs pull", lambda file: file.prefix.startswith(b"version https://git-lfs")),
    Unsupported("a web page", "download the checkpoint itself", lambda file: file.prefix.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html"))),
)


def name_unsupported(file: OpenedFile) -> str | None:
    """What a file is and what to do about it, if it is of a kind that is known but cannot be read."""
    kind = next((kind for kind in UNSUPPORTED if kind.recognise(file)), None)
    return f"this is {kind.title}, which cannot be read; {kind.advice}" if kind else None
