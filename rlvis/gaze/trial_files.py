"""Which files below a dataset's directory belong to which trial."""

import re
from collections.abc import Iterable
from pathlib import Path

from rlvis.errors import DatasetError

ARCHIVE_SUFFIX, GAZE_SUFFIX = ".tar.bz2", ".txt"
_NUMBER = re.compile(r"0*(\d{1,9})_")


def find_trial_files(directory: Path, numbers: Iterable[int]) -> dict[int, tuple[Path, Path]]:
    """The archive of frames and the text file of gaze of some trials.

    A trial's archive is `NUMBER_….tar.bz2`, its text file has the same name with `.txt`, preferably in the same folder;
    capitals do not matter, nor does whether games have folders of their own. Archives without a text file are something
    else: the authors' tools write optical flow, for example, into such.

    Raises:
        DatasetError: if a trial has none, or more than one.
    """
    files = [path for path in sorted(directory.rglob("*")) if path.name.lower().endswith((ARCHIVE_SUFFIX, GAZE_SUFFIX)) and path.is_file()]
    texts: dict[str, list[Path]] = {}
    archives: dict[int, list[Path]] = {}
    for path in files:
        name, match = path.name.lower(), _NUMBER.match(path.name)
        if name.endswith(GAZE_SUFFIX):
            texts.setdefault(name.removesuffix(GAZE_SUFFIX), []).append(path)
        elif match:
            archives.setdefault(int(match.group(1)), []).append(path)
    return {number: _only_pair(directory, number, archives.get(number, []), texts) for number in numbers}


def _only_pair(directory, number, archives, texts):
    pairs = []
    for archive in archives:
        found = texts.get(archive.name.lower().removesuffix(ARCHIVE_SUFFIX), [])
        if found:
            pairs.append((archive, next((text for text in found if text.parent == archive.parent), found[0])))
    if len(pairs) == 1:
        return pairs[0]
    if pairs:
        raise DatasetError(f"trial {number} has several archives with gaze: {', '.join(str(archive) for archive, _ in pairs)}; leave only one of them below {directory}")
    missing = archives[0].name[: -len(ARCHIVE_SUFFIX)] + GAZE_SUFFIX if archives else f"{number}_….tar.bz2"
    packed = next(directory.rglob("*.zip"), None)
    advice = f"unpack {packed.name} if it is in there, else download it" if packed else "download it"
    raise DatasetError(f"trial {number} is in {directory / 'meta_data.csv'}, but its file {missing} is not below {directory}; {advice}, or take the trial's line out")
