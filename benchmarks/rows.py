"""The table that all benchmarks fill."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

HEADINGS = ("", "what", "contender", "wall s", "CPU s", "ratio: wall", "CPU", "note")


@dataclass(frozen=True)
class Row:
    """One contender's line.

    Attributes:
        benchmark: "B1", …
        case: what was to be done, the same for all that are compared.
        contender: who did it, or what was measured.
        wall, cpu: seconds, the best of the repeats; `None` where time is not the subject.
        ratio_wall, ratio_cpu: the seconds divided by those that the benchmark compares with; `None` for that one itself.
        note: accuracy, sizes, and whatever else has to be known to read the numbers.
        numbers: the note's numbers, for programs.
    """

    benchmark: str
    case: str
    contender: str
    wall: float | None = None
    cpu: float | None = None
    ratio_wall: float | None = None
    ratio_cpu: float | None = None
    note: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict:
        """The row as plain data."""
        return asdict(self)


def table(rows: Sequence[Row]) -> str:
    """The rows as text; a case is named once."""
    lines, before = [HEADINGS], None
    for row in rows:
        here = (row.benchmark, row.case)
        first = here if here != before else ("", "")
        ratios = [f"{ratio:.2g}" if ratio is not None and ratio < 0.1 else f"{ratio:.2f}" if ratio is not None else "" for ratio in (row.ratio_wall, row.ratio_cpu)]
        lines.append((*first, row.contender, *(_seconds(each) for each in (row.wall, row.cpu)), *ratios, row.note))
        before = here
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(_aligned(text, width, column) for column, (text, width) in enumerate(zip(line, widths, strict=True))).rstrip() for line in lines)


def _seconds(value):
    return "" if value is None else f"{value:.4f}" if value < 0.1 else f"{value:.2f}"


def _aligned(text, width, column):
    return text.rjust(width) if 3 <= column <= 6 else text.ljust(width)
