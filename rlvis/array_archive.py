"""Arrays by name in an `.npz` file, written and read a part at a time: none has to fit into memory, neither here nor there."""

import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from rlvis.byte_file import ByteFile
from rlvis.stored_frames import Frames, StoredFrames, block_slices, blocks

_SUFFIX = ".npy"
_LOCAL_HEADER = struct.Struct("<26xHH")

# Says of an array's name and bytes whether it is to lie in a file.
IsLarge = Callable[[str, int], bool]


def write_archive(stream: BinaryIO, arrays: Iterable[tuple[str, Frames]], compressed: bool = False) -> None:
    """Write arrays as `np.savez` and `np.savez_compressed` do.

    Args:
        stream: a file open for writing.
        arrays: `(name, array)`, read lazily.
        compressed: deflate them.

    Raises:
        ValueError: for an array of Python objects.
    """
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in arrays:
            array = array if isinstance(array, StoredFrames) else np.asarray(array)
            if array.dtype.hasobject:
                raise ValueError(f"{name} holds Python objects")
            with archive.open(name + _SUFFIX, "w", force_zip64=True) as file:
                npy.write_array_header_1_0(file, {"descr": npy.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape})
                for block in blocks(array):
                    file.write(block.reshape(-1).view(np.uint8).data)


def read_archive(stream: BinaryIO, is_large: IsLarge | None = None, wanted: Callable[[str], bool] = lambda name: True) -> Mapping[str, Frames]:
    """The arrays in a file.

    Args:
        stream: the file, open for reading.
        is_large: called with an array's name and bytes, says whether it is not to be held in memory: it stays where it is
            in the file, or, if that is compressed, goes to a temporary one.
        wanted: says of an array's name whether to read it at all.

    Raises:
        OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error: if the file is damaged or something else.
        OutputError: if a temporary file cannot be written.
    """
    with zipfile.ZipFile(stream) as archive:
        named = {item.filename.removesuffix(_SUFFIX): item for item in archive.infolist()}
        return {name: _read(stream, archive, item, name, is_large) for name, item in named.items() if wanted(name)}


def _read(stream, archive, item, name, is_large):
    if is_large is not None and ByteFile.possible() and is_large(name, item.file_size):
        with archive.open(item) as file:
            shape, fortran_order, dtype = _read_header(file)
            if shape and not fortran_order and not dtype.hasobject:
                if item.compress_type == zipfile.ZIP_STORED:
                    return StoredFrames(shape, dtype, ByteFile.opened(stream), _first_byte(stream, item) + file.tell())
                return _copied(file, shape, dtype)
    with archive.open(item) as file:
        return npy.read_array(file, allow_pickle=False)


def _read_header(file):
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    version = npy.read_magic(file)
    if version not in readers:
        raise ValueError(f"arrays of version {version} are not known")
    return readers[version](file)


def _first_byte(stream, item):
    """Where an uncompressed member's data begin: after its header, a name and more, whose lengths only the header says."""
    place = stream.tell()
    stream.seek(item.header_offset)
    name, extra = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
    stream.seek(place)
    return item.header_offset + _LOCAL_HEADER.size + name + extra


def _copied(file, shape, dtype):
    frames = StoredFrames(shape, dtype)
    entry = dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
    for part in block_slices(len(frames), entry):
        count = part.stop - part.start
        frames[part] = np.frombuffer(_exactly(file, count * entry), dtype).reshape(count, *shape[1:])
    if file.read(1):  # reads to the end, so that the checksum is compared
        raise ValueError("an array is followed by something else")
    return frames


def _exactly(file, count):
    data = file.read(count)
    if len(data) != count:
        raise EOFError("an array ends too early")
    return data
