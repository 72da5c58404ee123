"""Names that a person gave to features: exported by the page, read by the next run."""

import json
from pathlib import Path

from rlvis.errors import OptionError

FORMAT = "rlvis-feature-names"
VERSION = 1


def read_feature_names(path) -> dict[str, dict[int, str]]:
    """Feature names by layer, then by feature number.

    The file is what the page exports: `{"format": "rlvis-feature-names", "version": 1, "names": {"2b": {"0": "coins"}}}`.

    Raises:
        OptionError: if the file cannot be read, or is something else.
    """
    try:
        whole = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OptionError(f"cannot read feature names from {path}: {error}; give a file that a page exported") from error
    if not isinstance(whole, dict) or (whole.get("format"), whole.get("version")) != (FORMAT, VERSION):
        raise OptionError(f"{path} holds no feature names: expected a file of format {FORMAT}, version {VERSION}, as pages export it")
    try:
        return {str(layer): {int(feature): str(name) for feature, name in names.items()} for layer, names in whole["names"].items()}
    except (AttributeError, KeyError, ValueError) as error:
        raise OptionError(f'{path}: names must be given as {{"LAYER": {{"NUMBER": "NAME"}}}}') from error


def write_feature_names(path, names: dict[str, dict[int, str]]) -> None:
    """The inverse of `read_feature_names`."""
    whole = {"format": FORMAT, "version": VERSION, "names": {layer: {str(feature): name for feature, name in given.items()} for layer, given in names.items()}}
    Path(path).write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
