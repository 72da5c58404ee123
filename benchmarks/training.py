"""How fast rlvis trains, against PPO in PyTorch with the same settings on the same machine.

    python benchmarks/training.py [--networks nature impala] [--torch-python PYTHON]

Prints environment steps per second and per second of processor time, and the fractions of time in the emulator, acting
and learning: CoinRun, 64 environments, 3 epochs, minibatches of 2048 steps as in training (64 × 256 in 8), the best of
the iterations measured. Other work on the machine spoils steps per second, and less so steps per processor second; but
threads of PyTorch that wait for each other spin meanwhile, so its numbers only mean something on an idle machine.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


# Steps of training's minibatches: what the cache holds, and how often the optimizer steps, depends on it.
MINIBATCH = 64 * 256 // 8


def minibatches(num_envs, num_steps):
    """Minibatches of an iteration, each as large as in training where there are enough steps for one."""
    return max(1, num_envs * num_steps // MINIBATCH)


def measure_rlvis(network, iterations, num_steps):
    """Iterations of rlvis's own training, the first (compilation) left out."""
    from rlvis.training.options import TrainingOptions
    from rlvis.training.run_directory import RunDirectory
    from rlvis.training.train import start
    from rlvis.training.trainer import Trainer

    options = TrainingOptions(network=network, num_steps=num_steps, minibatches=minibatches(64, num_steps), distribution_mode="easy", eval_every=0)
    with tempfile.TemporaryDirectory() as directory:
        trainer = Trainer(options, RunDirectory(Path(directory) / "run"))
        start(trainer, resume=False)
        trainer.iterate()
        for _ in range(iterations):
            row = trainer.iterate()
            seconds, steps = options.batch_steps / row["steps_per_second"], options.batch_steps
            parts = {name: seconds * row[column] for name, column in (("emulator", "emulator_fraction"), ("acting", "forward_fraction"), ("learning", "update_fraction"))}
            print(json.dumps({"steps": steps, "seconds": seconds, "cpu": steps / row["steps_per_cpu_second"], **parts}), flush=True)
        trainer.close()


def run(command):
    """The measurements that a process prints, one JSON object per line."""
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{result.stderr[-2000:]}")
    return [json.loads(line) for line in result.stdout.splitlines()]


def show(network, kind, measured):
    """One line of the table, from the iteration with the most steps per processor second."""
    best = min(measured, key=lambda m: m["cpu"])
    fractions = " / ".join(f"{best[name] / best['seconds']:.0%}" for name in ("emulator", "acting", "learning"))
    print(f"{network:8} {kind:16} {best['steps'] / best['seconds']:8.0f} {best['steps'] / best['cpu']:12.0f}   {fractions}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+", default=["nature", "impala"])
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with torch (extra: peers)")
    parser.add_argument("--iterations", type=int, default=3)
    parser.add_argument("--num-steps", type=int, default=32, help="steps of each environment per iteration, at least 32 to fill a minibatch; more only make fewer iterations")
    parser.add_argument("--only-rlvis", metavar="NETWORK", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only_rlvis:
        return measure_rlvis(given.only_rlvis, given.iterations, given.num_steps)
    print(f"{'network':8} {'loop':16} {'steps/s':>8} {'steps/CPU-s':>12}   emulator / acting / learning")
    for network in given.networks:
        show(network, "rlvis", run([sys.executable, __file__, "--only-rlvis", network, "--iterations", given.iterations, "--num-steps", given.num_steps]))
        for kind in ("published", "tuned"):
            show(network, f"PyTorch {kind}", run([given.torch_python, ROOT / "benchmarks" / "torch_ppo.py", network, given.iterations, given.num_steps, kind]))


if __name__ == "__main__":
    main()
