"""B11: what a step of play takes: the network and the emulators of a group of environments, alone and side by side with other groups.

With an accelerator small batches take as long as larger ones, and a step is mostly waiting: for the device, for emulators, and for
Python's interpreter where other threads want it too. On a CPU it is mostly the network.
"""

import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.rows import Row
from benchmarks.setting import Setting
from benchmarks.timing import Seconds
from rlvis.environments import make_environment
from rlvis.parallel.blas_threads import single_blas_thread
from rlvis.parallel.quick_turns import quick_turns
from rlvis.rollouts.action_noise import policy_keys
from rlvis.rollouts.policy import Policy

GROUPS = (1, 8, 16, 32)
SIDE_BY_SIDE = 4


def measure(setting: Setting) -> list[Row]:
    """Rows for groups of several sizes, seconds per step of a group."""
    steps, rows = 20 if setting.quick else 200, []
    for size in GROUPS:
        with single_blas_thread(), quick_turns():
            (network, emulators, own), alone = play(setting, size, steps, 0)
            with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                start = time.perf_counter()
                list(pool.map(lambda seed, size=size: play(setting, size, steps, seed), range(SIDE_BY_SIDE)))
                together = (time.perf_counter() - start) / steps / SIDE_BY_SIDE
        case = f"group of {size}, per step"
        rows.append(Row("B11", case, "alone", alone.wall, alone.cpu, note=f"network {1e3 * network:.2f} ms, emulators {1e3 * emulators:.2f} ms, own processor time {1e3 * own:.2f} ms; {size / alone.wall:.0f} observations/s"))
        rows.append(Row("B11", case, f"{SIDE_BY_SIDE} groups side by side", together, ratio_wall=together / alone.wall, note=f"{size / together:.0f} observations/s, with starting"))
    return rows


def play(setting: Setting, size: int, steps: int, seed: int) -> tuple[tuple[float, float, float], Seconds]:
    """Seconds of the network, of the emulators and of the calling thread's own processor time in a step of a group, and of all of it; a first step, which compiles, does not count."""
    checkpoint = setting.checkpoint
    environment = make_environment(checkpoint.environment, size, seed)
    try:
        policy = Policy(checkpoint.network, checkpoint.parameters, policy_keys(seed, size), one_core=True)
        moment, network, emulators = environment.observe(), 0.0, 0.0
        policy.act(moment.observations, moment.firsts, 0)
        start, processor, own = time.perf_counter(), time.process_time(), time.thread_time()
        for step in range(steps):
            before = time.perf_counter()
            decision = policy.act(moment.observations, moment.firsts, step)
            between = time.perf_counter()
            moment = environment.step(decision.actions).next
            network, emulators = network + between - before, emulators + time.perf_counter() - between
        whole, own = Seconds(time.perf_counter() - start, time.process_time() - processor), time.thread_time() - own
    finally:
        environment.close()
    return (network / steps, emulators / steps, own / steps), whole / steps
