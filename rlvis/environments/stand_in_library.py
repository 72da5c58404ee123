"""An empty shared library, to satisfy the loader where a library is required that is never called.

Procgen's library is linked against libGL and glib but paints off screen and never calls them. On a machine without
them (and without the right to install them) a library that has only their name is as good.
"""

import ctypes
import os
import struct
import tempfile
from pathlib import Path

ELF_HEADER_BYTES = 64
PROGRAM_HEADER_BYTES = 56
SYMBOL_BYTES = 24
PT_LOAD, PT_DYNAMIC, PT_GNU_STACK = 1, 2, 0x6474E551
READ, READ_WRITE = 4, 6
DT_NULL, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT, DT_SONAME = 0, 4, 5, 6, 10, 11, 14


def empty_library(name: str) -> bytes:
    """An x86-64 ELF shared object that holds nothing but its own name (System V ABI, chapters 4 and 5).

    Args:
        name: the SONAME, such as `libGL.so.1`.
    """
    strings = b"\0" + name.encode() + b"\0"
    hash_table = struct.pack("<4I", 1, 1, 0, 0)
    strings_at = ELF_HEADER_BYTES + 3 * PROGRAM_HEADER_BYTES
    symbols_at = _aligned(strings_at + len(strings))
    hash_at = symbols_at + SYMBOL_BYTES
    dynamic_at = _aligned(hash_at + len(hash_table))
    entries = [(DT_SONAME, 1), (DT_HASH, hash_at), (DT_STRTAB, strings_at), (DT_SYMTAB, symbols_at), (DT_STRSZ, len(strings)), (DT_SYMENT, SYMBOL_BYTES), (DT_NULL, 0)]
    dynamic = b"".join(struct.pack("<QQ", tag, value) for tag, value in entries)
    end = dynamic_at + len(dynamic)
    shared_object, x86_64, version = 3, 62, 1
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", shared_object, x86_64, version, 0, ELF_HEADER_BYTES, 0, 0, ELF_HEADER_BYTES, PROGRAM_HEADER_BYTES, 3, 0, 0, 0
    )
    # The whole file is mapped writable because the loader relocates the dynamic section in place.
    programs = _program_header(PT_LOAD, READ_WRITE, 0, end, 0x1000) + _program_header(PT_DYNAMIC, READ_WRITE, dynamic_at, len(dynamic), 8) + _program_header(PT_GNU_STACK, READ_WRITE, 0, 0, 16)
    content = bytearray(end)
    for at, part in ((0, header + programs), (strings_at, strings), (hash_at, hash_table), (dynamic_at, dynamic)):
        content[at : at + len(part)] = part
    return bytes(content)


def load_stand_in(name: str) -> ctypes.CDLL:
    """Load an empty library of that name, so that whatever needs the name finds it loaded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(empty_library(name))
        return ctypes.CDLL(os.fspath(path))


def _aligned(offset):
    return (offset + 7) & ~7


def _program_header(kind, flags, offset, size, alignment):
    return struct.pack("<IIQQQQQQ", kind, flags, offset, offset, offset, size, size, alignment)
