"""Words on a video: what is shown in which colour, and what the agent does."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

LINE = 16
_MARGIN = 4


def add_title(panel: np.ndarray, title: str) -> np.ndarray:
    """A panel `(H, W, 3)` with a line above it: `(H + LINE, W, 3)`."""
    return np.concatenate([text_strip(panel.shape[1], [[(title, (255, 255, 255))]]), panel])


def text_strip(width: int, lines: Sequence[Sequence[tuple[str, tuple[int, int, int]]]]) -> np.ndarray:
    """Lines of coloured words on black, `(LINE · lines, width, 3)` uint8; words that do not fit are cut off at the edge.

    Args:
        width: in pixels.
        lines: each a sequence of (text, colour).
    """
    image = Image.new("RGB", (width, LINE * len(lines)))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=LINE - 5)
    for number, line in enumerate(lines):
        left = _MARGIN
        for text, color in line:
            draw.text((left, number * LINE + 1), text, fill=color, font=font)
            left += draw.textlength(text + "  ", font=font)
    return np.asarray(image)


def key_line(labels: Sequence[str], colors: Sequence[tuple[float, float, float]]) -> list[tuple[str, tuple[int, int, int]]]:
    """Each output's name in its colour, lightened where it would be hard to read on black."""
    return [(label, tuple(int(255 * (0.35 + 0.65 * part)) for part in color)) for label, color in zip(labels, colors, strict=True)]


def step_line(step: int, action: str, probability: float, value: float, reward: float) -> list[tuple[str, tuple[int, int, int]]]:
    """What happens in a step."""
    words = [f"step {step}", f"{action} {100 * probability:.0f} %", f"value {value:.3g}"]
    return [(word, (230, 230, 230)) for word in words + ([f"reward {reward:+g}"] if reward else [])]
