"""Reading an interface back: for sites that collect several, and for tests."""

import json
import re
from pathlib import Path
from typing import Any

from rlvis.errors import OutputError
from rlvis.interface.chunks import Chunk, parse_chunk
from rlvis.interface.view_model import FORMAT, VERSION
from rlvis.interface.writing import PAGE

_INDEX = re.compile(r'<script type="application/json" id="index">(.*?)</script>', re.DOTALL)
_BLOCK = '<script type="text/plain" data-chunk="{}">'


def read_index(directory) -> dict[str, Any]:
    """The view model of the interface in a directory, as plain data.

    Raises:
        OutputError: if there is no interface, or one of another version.
    """
    found = _INDEX.search(_page(directory))
    try:
        index = json.loads(found[1]) if found else {}
    except ValueError:
        index = {}
    if (index.get("format"), index.get("version")) != (FORMAT, VERSION):
        raise OutputError(f"{Path(directory) / PAGE} is not a page of {FORMAT} version {VERSION}; write the interface again")
    return index


def read_chunk(directory, index: dict[str, Any], name: str) -> Chunk:
    """A chunk of the interface in a directory, from its file or from within the page.

    Raises:
        OutputError: if it is not there, or damaged.
    """
    if name not in index["chunks"]:
        raise OutputError(f"{directory} has no chunk {name!r}")
    file = index["chunks"][name]["file"]
    if file is not None:
        return parse_chunk(_read(Path(directory) / file))
    _, _, rest = _page(directory).partition(_BLOCK.format(name))
    return parse_chunk(rest.partition("</script>")[0])


def _page(directory):
    return _read(Path(directory) / PAGE)


def _read(path):
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror or error}") from error
