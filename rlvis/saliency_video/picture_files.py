"""Writing frames as an animated GIF or as numbered PNG files, with the interface of `rlvis.video.VideoWriter`."""

from pathlib import Path

import numpy as np
from PIL import Image

from rlvis.errors import OptionError
from rlvis.file_replacement import replace_file
from rlvis.saliency_video.options import SUFFIXES
from rlvis.video import VideoWriter


def frame_writer(path, fps: int):
    """A writer for frames, by the path's suffix: use it in a `with` block and `write` each frame `(H, W, 3)` uint8.

    Raises:
        OptionError: for a suffix that is none of `SUFFIXES`.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise OptionError(f"{path} has the suffix {path.suffix!r}; there are {', '.join(SUFFIXES)}")
    return {".gif": GifWriter, ".png": PngWriter}.get(path.suffix, VideoWriter)(path, fps)


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
    """Writes one PNG a frame, `NAME-0000.png`, `NAME-0001.png`, …, each in place as soon as it is written."""

    def __init__(self, path, fps: int = 0):
        self.path, self.count = Path(path), 0

    def write(self, picture: np.ndarray) -> None:
        """Write the next frame `(H, W, 3)` uint8."""
        path = self.path.with_name(f"{self.path.stem}-{self.count:04}.png")
        replace_file(path, lambda stream: Image.fromarray(picture).save(stream, "PNG"))
        self.count += 1

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        pass
