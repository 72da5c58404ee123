import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.interface import base91
from rlvis.interface.base91 import ALPHABET, decode, encode, encoded_length


@pytest.mark.parametrize("length", [*range(30), 1000, 13 * 8192, 13 * 8192 + 5])
def test_bytes_come_back(length):
    data = np.random.default_rng(length).bytes(length)
    text = encode(data)
    assert len(text) == encoded_length(length)
    assert set(text) <= set(ALPHABET)
    assert decode(text, length) == data


def test_thirteen_bits_make_two_digits():
    assert encode(b"") == ""
    assert encode(b"\x00") == "!!"
    number = 5000
    expected = ALPHABET[number % 91] + ALPHABET[number // 91]
    assert encode(int(number).to_bytes(2, "little")) == expected + "!!"
    assert len(encode(b"\xff" * 13)) == 16


def test_pieces_join(monkeypatch):
    data = np.random.default_rng(0).bytes(1000)
    whole = encode(data)
    monkeypatch.setattr(base91, "_PIECE", 13 * 3)
    monkeypatch.setattr(base91, "_PIECE_CHARACTERS", 16 * 5)
    assert encode(data) == whole and decode(whole, len(data)) == data


def test_the_alphabet_is_harmless():
    assert len(set(ALPHABET)) == 91
    assert ALPHABET.isascii() and ALPHABET.isprintable() and not set('"\\< \n') & set(ALPHABET)


@pytest.mark.parametrize("text", ["!", "!!!", "!<", '!"', "! ", "!é"])
def test_damaged_text(text):
    with pytest.raises(OutputError, match="base 91"):
        decode(text, 1)
