"""Writing frames as an animated GIF or as numbered PNG files, with the interface of `rlvis.video.VideoWriter`."""

from pathlib import Path

import numpy as np
from PIL import Image

from rlvis.errors import OptionError, OutputError
from rlvis.file_replacement import replace_file
from rlvis.saliency_video.options import SUFFIXES
from rlvis.video import VideoWriter


def picture_path(path) -> Path:
    """The path itself, or `frame.png` in it where it is a folder: one that is there, or a name without a suffix."""
    path = Path(path)
    return path / "frame.png" if path.is_dir() or not path.suffix else path


def frame_writer(path, fps: int):
    """A writer for frames, by the suffix of `picture_path`: use it in a `with` block and `write` each frame `(H, W, 3)` uint8.

    Raises:
        OptionError: for a suffix that is none of `SUFFIXES`.
        OutputError: if nothing can be written there.
    """
    path = picture_path(path)
    if path.suffix not in SUFFIXES:
        raise OptionError(f"{path} has the suffix {path.suffix!r}; there are {', '.join(SUFFIXES)}, or a folder for one .png a frame")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    return {".gif": GifWriter, ".png": PngWriter}.get(path.suffix, VideoWriter)(path, fps)


def numbered(path: Path, number: int) -> Path:
    """The file of one frame, `NAME-0012.png` of `NAME.png`."""
    return path.with_name(f"{path.stem}-{number:04}.png")


class GifWriter:
    """Writes an animated GIF; the file is in place when the `with` block ends without an error."""

    def __init__(self, path, fps: int):
        self.path, self.fps, self._frames = Path(path), fps, []

    def write(self, picture: np.ndarray) -> None:
        """Add a frame `(H, W, 3)` uint8."""
        self._frames.append(Image.fromarray(picture).quantize(256, dither=Image.Dither.NONE))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None or not self._frames:
            return
        first, *rest = self._frames
        # GIF counts in hundredths of a second; browsers slow down what is faster than 50 frames per second.
        duration = max(20, 10 * round(100 / self.fps))
        replace_file(self.path, lambda stream: first.save(stream, "GIF", save_all=True, append_images=rest, duration=duration, loop=0))


class PngWriter:
    """Writes one PNG a frame, `NAME-0000.png`, `NAME-0001.png`, …, each in place as soon as it is written; other files stay as they are."""

    def __init__(self, path, fps: int = 0):
        self.path, self.count = Path(path), 0

    def write(self, picture: np.ndarray) -> None:
        """Write the next frame `(H, W, 3)` uint8."""
        replace_file(numbered(self.path, self.count), lambda stream: Image.fromarray(picture).save(stream, "PNG"))
        self.count += 1

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        pass
