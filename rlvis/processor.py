"""The kind of processor this is: programs compiled for one may not run on another, or round differently."""

import platform
from contextlib import suppress
from functools import cache


@cache
def processor_kind() -> str:
    """Its model and instruction sets as the operating system tells them, equal on equal processors."""
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        first = file.read().split("\n\n")[0].splitlines()
        told = dict(line.replace("\t", "").split(":", 1) for line in first if ":" in line)
        wanted = [told[name].strip() for name in ("model name", "flags", "Features", "CPU part") if name in told]
        if wanted:
            return "; ".join(wanted)
    return f"{platform.machine()} {platform.processor()}".strip()
