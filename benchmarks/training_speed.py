"""PPO's speed against PyTorch's (`training.py`), as rows; takes minutes."""

import sys

from benchmarks import training
from benchmarks.rows import Row
from benchmarks.setting import Setting


def measure(setting: Setting) -> list[Row]:
    """Seconds per 1000 environment steps; ratios are to PyTorch as published, so below 1 is faster."""
    networks, iterations, num_steps = (["nature"], 1, 32) if setting.quick else (["nature", "impala"], 3, 32)
    rows = []
    for network in networks:
        size = [network, iterations, num_steps]
        results = {
            "PyTorch, published": training.run([sys.executable, training.ROOT / "benchmarks" / "torch_ppo.py", *size, "published"]),
            "PyTorch, tuned": training.run([sys.executable, training.ROOT / "benchmarks" / "torch_ppo.py", *size, "tuned"]),
            "rlvis": training.run([sys.executable, training.__file__, "--only-rlvis", network, "--iterations", iterations, "--num-steps", num_steps]),
        }
        best = {name: min(measured, key=lambda each: each["cpu"]) for name, measured in results.items()}
        first = best["PyTorch, published"]
        for name, each in best.items():
            thousands = each["steps"] / 1000
            ratios = {} if each is first else {f"ratio_{kind}": (each[key] / each["steps"]) / (first[key] / first["steps"]) for kind, key in (("wall", "seconds"), ("cpu", "cpu"))}
            note = f"{each['steps'] / each['seconds']:.0f} steps/s, {each['steps'] / each['cpu']:.0f} steps per CPU-second"
            rows.append(Row("training", f"{network}, per 1000 steps", name, each["seconds"] / thousands, each["cpu"] / thousands, **ratios, note=note))
    return rows
