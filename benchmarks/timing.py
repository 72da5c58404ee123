"""Seconds of several contenders, side by side."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Seconds:
    """Wall-clock seconds, and seconds of processor time on all of this process's threads."""

    wall: float
    cpu: float

    def __add__(self, other):
        return Seconds(self.wall + other.wall, self.cpu + other.cpu)

    def __truediv__(self, number: float):
        return Seconds(self.wall / number, self.cpu / number)

    def over(self, other: "Seconds") -> dict[str, float]:
        """How many times the other's they are, as a `Row` takes it."""
        return {"ratio_wall": self.wall / other.wall, "ratio_cpu": self.cpu / other.cpu}


def take_turns(contenders: Mapping[str, Callable[[], object]], repeats: int) -> tuple[dict[str, Seconds], dict[str, object]]:
    """The best seconds of each contender, and what it returned.

    Each is called once before, to compile; then they take turns, so that other work on the machine hits all of them.
    """
    results = {name: run() for name, run in contenders.items()}
    best = {}
    for _ in range(repeats):
        for name, run in contenders.items():
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            taken = Seconds(time.perf_counter() - wall, time.process_time() - cpu)
            known = best.get(name, taken)
            best[name] = Seconds(min(known.wall, taken.wall), min(known.cpu, taken.cpu))
    return best, results
