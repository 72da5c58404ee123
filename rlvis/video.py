"""Videos, through PyAV (the extra "video")."""

import os
from fractions import Fraction
from pathlib import Path

import numpy as np

from rlvis.errors import OptionError, OutputError

# By suffix: codec, pixel format, options. FFV1 with bgr0 keeps every byte; the others are what browsers play.
CODECS = {
    ".mkv": ("ffv1", "bgr0", {}),
    ".mp4": ("libx264", "yuv420p", {"crf": "18", "preset": "veryfast", "movflags": "+faststart"}),
    ".webm": ("libvpx-vp9", "yuv420p", {"crf": "24", "b": "0", "row-mt": "1", "deadline": "realtime", "cpu-used": "6"}),
}


class VideoWriter:
    """Writes a video frame by frame; the file is in place when the `with` block ends without an error.

    Args:
        path: `.mkv` (FFV1, lossless), `.mp4` (H.264) or `.webm` (VP9).
        fps: frames per second.

    Raises:
        OptionError: for another suffix, or if PyAV is not installed.
        OutputError: if the file cannot be written.
    """

    def __init__(self, path, fps: int = 30):
        self.path = Path(path)
        if self.path.suffix not in CODECS:
            raise OptionError(f"{self.path} has the suffix {self.path.suffix!r}; videos are {', '.join(CODECS)}")
        self._av = require_video()
        self._partial = self.path.with_name(f".{os.getpid()}.{self.path.name}")
        self._fps, self._stream = fps, None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._container = self._av.open(str(self._partial), "w")
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from error

    def write(self, picture: np.ndarray) -> None:
        """Add a frame `(H, W, 3)` uint8; all have to be of one size."""
        picture = _even(picture) if self.path.suffix != ".mkv" else picture
        if self._stream is None:
            self._stream = self._start(picture.shape)
        elif (self._stream.height, self._stream.width) != picture.shape[:2]:
            raise OptionError(f"a video's frames have one size; got {picture.shape[:2]} after {(self._stream.height, self._stream.width)}")
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        self._container.mux(self._stream.encode(frame))

    def _start(self, shape):
        codec, pixel_format, options = CODECS[self.path.suffix]
        stream = self._container.add_stream(codec, rate=Fraction(self._fps))
        stream.height, stream.width = shape[:2]
        stream.pix_fmt, stream.options = pixel_format, options
        return stream

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        try:
            if self._stream is not None and kind is None:
                self._container.mux(self._stream.encode(None))
            self._container.close()
            if kind is None and self._stream is not None:
                os.replace(self._partial, self.path)
        except OSError as failure:
            raise OutputError(f"cannot write {self.path}: {failure.strerror or failure}") from failure
        finally:
            self._partial.unlink(missing_ok=True)


def _even(picture):
    """With a black row or column more where the number is odd: colour is stored for pairs of pixels."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0))) if height % 2 or width % 2 else picture


def require_video():
    try:
        import av
    except ImportError as error:
        raise OptionError("videos need PyAV; install it with: pip install rlvis[video]") from error
    return av
