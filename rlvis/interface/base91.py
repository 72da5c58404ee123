"""Bytes as text, 13 bits in two of 91 characters: 8 % shorter than base64, and as safe within a page or a script.

Thirteen bits are a number below 8192 ≤ 91², written as two digits to base 91, the lower one first; bits are taken from the
lowest of each byte on. The characters are the visible ones of ASCII without `"`, `\\` and `<`, which a string or an element
could end at.
"""

from collections.abc import Iterator

import numpy as np

from rlvis.errors import OutputError

ALPHABET = "".join(chr(code) for code in range(33, 127) if chr(code) not in '"\\<')
_CHARACTERS = np.frombuffer(ALPHABET.encode(), np.uint8)
_DIGITS = np.full(256, 255, np.uint8)
_DIGITS[_CHARACTERS] = np.arange(91)
_PIECE = 13 << 13  # bytes worked on at a time: whole groups, and little memory
_PIECE_CHARACTERS = 16 << 13


def encode(data: bytes) -> str:
    """Bytes as text of `2 · ⌈8 · len(data) / 13⌉` characters."""
    return "".join(encoded_pieces(data))


def encoded_pieces(data: bytes) -> Iterator[str]:
    """As `encode`, piece by piece."""
    return (_encode_piece(data[start : start + _PIECE]) for start in range(0, len(data), _PIECE))


def decode(text: str, length: int) -> bytes:
    """The inverse of `encode`.

    Args:
        text: what `encode` gave.
        length: of the data.

    Raises:
        OutputError: if the text is not of that length, or has other characters.
    """
    if len(text) != encoded_length(length) or not text.isascii():
        raise OutputError(f"not {length} bytes in base 91: {len(text)} characters{'' if text.isascii() else ', not all of ASCII'}")
    data = bytearray()
    for start in range(0, len(text), _PIECE_CHARACTERS):
        data += _decode_piece(text[start : start + _PIECE_CHARACTERS])
    return bytes(memoryview(data)[:length])


def encoded_length(length: int) -> int:
    """Characters for so many bytes."""
    return 2 * -(-8 * length // 13)


def _decode_piece(text):
    digits = _DIGITS[np.frombuffer(text.encode("ascii"), np.uint8)].astype(np.uint16)
    if (digits == 255).any():
        raise OutputError(f"not base 91: {int((digits == 255).sum())} characters are wrong")
    bits = np.unpackbits((digits[0::2] + 91 * digits[1::2]).astype("<u2").view(np.uint8), bitorder="little")
    return np.packbits(bits.reshape(-1, 16)[:, :13].ravel(), bitorder="little").tobytes()


def _encode_piece(piece):
    bits = np.unpackbits(np.frombuffer(piece, np.uint8), bitorder="little")
    groups = np.zeros((-(-len(bits) // 13), 16), np.uint8)
    groups[:, :13] = np.pad(bits, (0, -len(bits) % 13)).reshape(-1, 13)
    numbers = np.packbits(groups.ravel(), bitorder="little").view("<u2")
    return _CHARACTERS[np.stack([numbers % 91, numbers // 91], axis=1)].tobytes().decode("ascii")
