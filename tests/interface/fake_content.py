"""A made-up agent's interface, for tests and for working on the page: no network, no emulator.

    python tests/interface/fake_content.py OUTDIR --trajectories 3 --length 200 --kind procgen

A disc (the agent) runs across the picture after a coin, past an enemy; maps light up where these are.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rlvis.interface.content import (  # noqa: E402
    FeatureContent,
    FixationContent,
    InterfaceContent,
    LayerContent,
    MapContent,
    MapPlanes,
    ObservationFormat,
    PatchMosaic,
    PatchTable,
    TimelineRow,
    TrajectoryContent,
)
from rlvis.interface.interface_writer import InterfaceWriter  # noqa: E402
from rlvis.interface.trust_view import JudgementView, RandomizationView, RemovalView  # noqa: E402
from rlvis.interface.view_model import ActionView, BesideView, CheckpointView, EnvironmentView, MemoryView, NetworkView, OutputView, ProvenanceView  # noqa: E402
from rlvis.rollouts.divergence import policy_divergence  # noqa: E402
from rlvis.rollouts.memory import MemoryTrace, memory_trace  # noqa: E402
from rlvis.trust.map_agreement import compare_written_maps  # noqa: E402

KINDS = ("procgen", "atari", "minatar", "policy", "gaze", "beside")
FEATURES = 8
EXAMPLES = 64
_ARROWS = {"left": "←", "right": "→", "up": "↑", "down": "↓", "left up": "↖", "right up": "↗", "left down": "↙", "right down": "↘"}


@dataclass(frozen=True)
class Game:
    """What the made-up agent plays: pixels a side, frames in a stack, episode length."""

    kind: str
    height: int
    width: int
    channels: int
    stack: int
    actions: tuple[ActionView, ...]
    layers: tuple[LayerContent, ...]
    human: tuple[int, int] | None = None
    episode: int = 60


def _action(name, *directions, short=""):
    return ActionView(name, _ARROWS.get(" ".join(directions), ""), short, directions)


def game(kind: str) -> Game:
    """The game of a kind."""
    if kind in ("atari", "gaze"):
        actions = tuple(_action(name, *directions, short=short) for name, directions, short in [("NOOP", (), "no-op"), ("FIRE", (), "fire"), ("RIGHT", ("right",), ""), ("LEFT", ("left",), "")])
        layers = tuple(_layer(name, size, 32) for name, size in [("relu1", 20), ("relu2", 9), ("relu3", 7)])
        return Game(kind, 84, 84, 1, 4, actions, layers, (210, 160))
    if kind == "minatar":
        actions = (_action("NOOP", short="no-op"), _action("LEFT", "left"), _action("RIGHT", "right"))
        return Game(kind, 10, 10, 4, 1, actions, (_layer("conv", 10, 16),))
    directions = [("left", "down"), ("left",), ("left", "up"), ("down",), (), ("up",), ("right", "down"), ("right",), ("right", "up")]
    actions = [_action("+".join(parts).upper() or "NOOP", *parts, short="" if parts else "no-op") for parts in directions]
    actions += [_action(letter, short=letter) for letter in "DAWSQE"]
    layers = [LayerContent("input", "input", "input", 64, 64, 3, 3, input=True)]
    layers += [_layer(name, size, channels) for name, size, channels in [("1a", 64, 16), ("2a", 32, 32), ("2b", 32, 32), ("3a", 16, 48), ("4a", 8, 64)]]
    if kind == "beside":
        layers = [layer for layer in layers if layer.id in ("2b", "3a")]
        layers += [replace(layer, id=f"b/{layer.id}", label=f"B {layer.label}", channels=7, names={}) for layer in layers]
    return Game(kind, 64, 64, 3, 1, tuple(actions), tuple(layers), (128, 128) if kind == "procgen" else None)


def _layer(name, size, channels):
    return LayerContent(name, name, "relu", size, size, channels, FEATURES, names={0: "coins"} if name == "2b" else {})


def outputs(actions, kind: str = "") -> tuple[OutputView, ...]:
    """The value, every logit, and the groups of actions that share a direction."""
    found = [OutputView("value", "value function", "value")]
    found += [OutputView(f"logit:{index}", f"logit of {action.name}", "logit", (index,)) for index, action in enumerate(actions)]
    groups = {direction: tuple(index for index, action in enumerate(actions) if direction in action.directions) for direction in ("right", "left", "up", "down")}
    groups["no direction"] = tuple(index for index, action in enumerate(actions) if not action.directions)
    found += [OutputView("gaze", "where the person looked", "gaze")] if kind == "gaze" else []
    return (*found, *(OutputView(f"group:{name}", f"sum of logits: {name}", "group", members) for name, members in groups.items() if len(members) > 1))


def content(kind: str) -> InterfaceContent:
    """What the page is about."""
    played = game(kind)
    return InterfaceContent(
        title=f"made-up {kind} · blob",
        environment=EnvironmentView(kind, f"made-up {kind}", {"levels": 7}),
        network=NetworkView("blob", "actor-critic", 12345, bool(memory_parts(kind))),
        observation=ObservationFormat(played.height, played.width, played.channels, played.stack, crop=(35, 195, 0, 160) if kind == "gaze" else None),
        actions=played.actions,
        outputs=outputs(played.actions, kind),
        layers=played.layers,
        gamma=0.999,
        gae_lambda=0.95,
        provenance=ProvenanceView(CheckpointView("blob.npz", "00" * 32, "rlvis"), f"fake_content.py --kind {kind}", {"kind": kind}, {"rlvis": "0.1.0"}, 0, "2026-01-02T03:04:05+00:00"),
        notes=("This agent is made up: nothing here was computed from a network.",),
        memory=memory_parts(kind),
        beside=BesideView("B", "b/", CheckpointView("other.npz", "11" * 32, "rlvis"), NetworkView("slab", "actor-critic", 999), ("b/2b", "b/3a"), "b/3a", ("b/perturbation",)) if kind == "beside" else None,
    )


def memory_parts(kind: str) -> tuple[MemoryView, ...]:
    """The parts of the made-up agent's memory; it has one in Atari's games only."""
    return (MemoryView("lstm/c", "lstm c", 32, (3, 30), 0.5, False), MemoryView("lstm/h", "lstm h", 32, (7, 0, 31, 12), 0.875)) if kind == "atari" else ()


def memory(part: MemoryView, firsts: np.ndarray, seed: int) -> MemoryTrace:
    """Oscillations that start anew with each episode."""
    age = np.arange(len(firsts)) - np.maximum.accumulate(np.where(firsts, np.arange(len(firsts)), 0))
    return memory_trace(np.sin(age[:, None] * (1 + np.arange(part.size)) / 40) * (1 + seed), firsts, part.units)


def positions(length: int, seed: int, episode: int = 60) -> np.ndarray:
    """Where agent, coin and enemy are, `(T, 3, 2)` as fractions of height and width."""
    generator = np.random.default_rng(seed)
    steps = np.arange(length)
    phase = (steps % episode) / episode
    level = generator.uniform(0.2, 0.8, (length // episode + 1, 2))[steps // episode]
    agent = np.stack([0.75 - 0.35 * np.abs(np.sin(phase * 9)), 0.1 + 0.75 * phase], axis=1)
    coin = np.stack([level[:, 0], np.full(length, 0.88)], axis=1)
    enemy = np.stack([np.full(length, 0.75), 0.5 + 0.3 * np.sin(steps / 7 + seed)], axis=1)
    return np.stack([agent, coin, enemy], axis=1)


def _discs(places, height, width, radius):
    rows, columns = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    distance = (rows[:, None] - places[..., 0, None, None]) ** 2 + (columns - places[..., 1, None, None]) ** 2
    return distance < radius**2


def frames(places: np.ndarray, height: int, width: int, seed: int) -> np.ndarray:
    """RGB pictures of the game, `(T, H, W, 3)` uint8."""
    generator = np.random.default_rng(1000 + seed)
    background = np.repeat(np.linspace(60, 130, height), width).reshape(height, width, 1) + generator.integers(-6, 7, (height, width, 1)) + np.array([0, 10, 40])
    background[int(height * 0.8) :] = np.array([110, 80, 50]) + generator.integers(-8, 9, (height - int(height * 0.8), width, 1))
    pictures = np.broadcast_to(background, (len(places), height, width, 3)).astype(np.uint8)
    for thing, color in enumerate([(60, 120, 255), (255, 220, 40), (220, 40, 60)]):
        pictures = np.where(_discs(places[:, thing], height, width, 0.07)[..., None], np.array(color, np.uint8), pictures)
    return pictures


def observations(played: Game, places: np.ndarray, seed: int) -> np.ndarray:
    """What the agent sees, in the game's layout."""
    if played.kind == "minatar":
        things = np.stack([_discs(places[:, thing], 10, 10, 0.1) for thing in range(3)], axis=-1)
        wall = np.zeros((len(places), 10, 10, 1), bool)
        wall[:, 9] = True
        return np.concatenate([things, wall], axis=-1)
    pictures = frames(places, played.height, played.width, seed)
    if played.channels == 3:
        return pictures
    grey = pictures.mean(axis=-1).astype(np.uint8)
    episode = np.arange(len(grey)) // played.episode * played.episode
    return np.stack([grey[np.maximum(np.arange(len(grey)) - back, episode)] for back in reversed(range(played.stack))], axis=-1)


def trajectory(played: Game, length: int, seed: int) -> TrajectoryContent:
    """One trajectory."""
    generator = np.random.default_rng(seed)
    places = positions(length, seed, played.episode)
    steps = np.arange(length)
    firsts = (steps + 7 * seed) % played.episode == 0
    dones = np.roll(firsts, -1)
    dones[-1] = False
    phase = ((steps + 7 * seed) % played.episode) / played.episode
    won = generator.random(length) < 0.7
    rewards = np.where(dones & won, 10.0, 0.0)
    values = 4 + 5 * phase + generator.normal(0, 0.2, length)
    next_values = np.append(values[1:], values[-1]) * ~dones
    advantages = rewards + 0.999 * next_values - values
    logits = generator.normal(0, 0.3, (length, len(played.actions))) + 2 * np.sin(steps[:, None] / 9 + np.arange(len(played.actions)))
    if played.kind == "beside":
        others = logits[:, ::-1] * 2
        apart = policy_divergence(logits, others)
        beside = {
            "rows": (TimelineRow("beside", "B: value", -values), TimelineRow("apart", "B: divergence", apart, bookmarked=apart > 0, meanings=("how far apart", ""), titles=("B differs most", ""))),
            "beside_values": -values, "beside_logits": others,
        }  # fmt: skip
    else:
        beside = {}
    shown = TrajectoryContent(
        label=str(seed + 1),
        seed=seed,
        observations=observations(played, places, seed),
        rewards=rewards,
        values=values,
        advantages=advantages,
        logits=logits,
        actions=logits.argmax(axis=1),
        firsts=firsts,
        dones=dones,
        human_frames=frames(places, *played.human, seed) if played.human else None,
        rows=(TimelineRow("distance", "distance to the coin", np.linalg.norm(places[:, 0] - places[:, 1], axis=-1), "#a1a100"), *(gaze_rows(length, seed) if played.kind == "gaze" else ())),
        memory={part.id: memory(part, firsts, seed) for part in memory_parts(played.kind)},
        fixations=fixations(places) if played.kind == "gaze" else None,
    )
    return replace(shown, **beside)


def fixations(places: np.ndarray) -> FixationContent:
    """A person who looks at the agent and beside the picture, except in every fifth frame."""
    counts = np.where(np.arange(len(places)) % 5, 2, 0)
    seen = places[counts > 0, 0]
    return FixationContent(np.concatenate([[0], np.cumsum(counts)]), np.stack([seen[:, 0], np.full(len(seen), 1.2)], axis=1).ravel(), seen[:, 1].repeat(2))


def gaze_rows(length: int, seed: int) -> tuple[TimelineRow, ...]:
    """Agreement with the person, bookmarked where gaze is known."""
    steps = np.arange(length)
    return (TimelineRow("nss", "gaze: NSS", np.where(steps % 5, np.sin(steps / 9 + seed), 7.0), bookmarked=steps % 5 > 0, meanings=("they agree best", "they agree worst")),)


def planes(layer, length: int, seed: int, output: int) -> MapPlanes:
    """Maps that light up at agent, coin and enemy, each in its own feature, in the sign that suits the output."""
    generator = np.random.default_rng(seed + 97 * output)
    height, width, features = layer.height, layer.width, layer.features
    places = positions(length, seed)
    rows, columns = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    found = np.zeros((length, height, width, features), np.float32)
    for thing in range(3):
        distance = (rows[:, None] - places[:, thing, 0, None, None]) ** 2 + (columns - places[:, thing, 1, None, None]) ** 2
        sign = (1.0, 1.5, -1.2)[thing] * (1 if (output + thing) % 3 else -1)
        found[..., (2 * thing + output) % features] += sign * np.exp(-distance / 0.004) * (0.6 + 0.4 * np.sin(np.arange(length) / 11))[:, None, None]
    noise = generator.normal(0, 0.02, found.shape).astype(np.float32)
    found += np.where(np.abs(noise) > 0.05, noise, 0)
    residual = generator.normal(0, 0.03, (length, height, width, 1)).astype(np.float32)
    error = np.abs(generator.normal(0, 0.08, length))
    return MapPlanes(found * 1e-2, residual * 1e-2, error, found.sum(axis=(1, 2, 3)) * 1e-2)


def saliency(height: int, width: int, length: int, seed: int) -> MapPlanes:
    """A perturbation map: unsigned, one plane."""
    rows, columns = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    places = positions(length, seed)[:, :2]
    distance = (rows[:, None] - places[..., 0, None, None]) ** 2 + (columns - places[..., 1, None, None]) ** 2
    return MapPlanes(np.exp(-distance / 0.01).sum(axis=1)[..., None].astype(np.float32))


def features(layer, seed: int = 0) -> FeatureContent:
    """Dataset examples: patches chosen at random, strong where the example shows the coin or the enemy."""
    generator = np.random.default_rng(seed)
    mosaics = []
    for subdivision, count in [("0.25", layer.height // 4), ("0.5", layer.height // 2), ("1", layer.height), ("2", 2 * layer.height + 1)]:
        if count:
            centres = (np.arange(count) + 0.5) * layer.height / count
            chosen = generator.integers(0, EXAMPLES, (layer.features, count, count))
            mosaics.append(PatchMosaic(subdivision, centres, centres, chosen, generator.beta(0.4, 1, chosen.shape)))
    return FeatureContent(layer.id, mosaics, _table(layer, generator, (4, 4)), _table(layer, generator, (20,)))


def _table(layer, generator, shape):
    shape = (layer.features, *shape)
    strength = -np.sort(-generator.beta(2, 1, (layer.features, int(np.prod(shape[1:])))), axis=1).reshape(shape)
    return PatchTable(generator.integers(0, EXAMPLES, shape), generator.uniform(0, layer.height, shape), generator.uniform(0, layer.width, shape), strength)


def map_contents(played: Game) -> list[MapContent]:
    """The methods that were "computed": gradients at the input, integrated gradients at layers, and perturbation."""
    maps = []
    for layer in played.layers:
        method, label = ("gradients", "gradients") if layer.input else ("integrated_gradients", "integrated gradients")
        details = {"rule": "graded", "steps": 8}
        maps.append(MapContent(method, label, layer.id, layer.height, layer.width, layer.features, not layer.input, True, not layer.input, details))
    if memory_parts(played.kind):
        maps[0] = replace(maps[0], memory=True)
        maps.append(replace(maps[0], method="through_time", label="integrated gradients through 3 frames", memory=False, lags=3))
    maps.append(MapContent("perturbation", "perturbation (Greydanus et al.)", None, 16, 16, signed=False, details={"radius": 5}))
    if played.kind == "beside":
        maps.append(replace(maps[-1], method="b/perturbation", label="B: perturbation (Greydanus et al.)"))
    if played.kind == "gaze":
        maps.append(MapContent("human_gaze", "human gaze", None, played.height, played.width, signed=False))
    return maps


def mapped_outputs(kind: str) -> tuple[str, ...]:
    """The outputs there are maps of."""
    return ("value", "logit:7", "logit:1", "group:right", "group:left") if kind == "policy" else ("value",)


def write(directory, kind: str = "procgen", trajectories: int = 3, length: int = 200, single_file: bool = False) -> Path:
    """Write the whole interface; returns the page's path."""
    played = game(kind)
    layers = {layer.id: layer for layer in played.layers}
    with InterfaceWriter(directory, content(kind), single_file) as writer:
        for seed in range(trajectories):
            writer.add_trajectory(trajectory(played, length, seed))
        writer.add_examples(observations(played, positions(EXAMPLES * 3, 5)[::3], 5))
        for layer in played.layers:
            if not layer.input:
                writer.add_features(features(layer))
        first = played.layers[1 if played.layers[0].input else 0]
        writer.add_optimized(first.id, {feature: np.random.default_rng(feature).integers(0, 255, (64, 64, 3), np.uint8) for feature in range(first.features)})
        for entry in map_contents(played):
            for number, output in enumerate(("gaze",) if entry.method == "human_gaze" else mapped_outputs(kind)):
                for seed in range(trajectories):
                    writer.add_map(entry, output, seed, _values(entry, layers, length, seed, number))
        writer.add_agreement(compare_written_maps(writer, trajectories, quiet=True))
        writer.add_judgements(judgements(), [_judgement("random order", 0.4, 0.3), _judgement("from the centre", 0.35, 0.33)], 16)
        return writer.finish()


def judgements() -> list[JudgementView]:
    """What the perturbation map was "found" worth."""
    curve = [RandomizationView("policy and value", 0.71), RandomizationView("4a", 0.12), RandomizationView("1a", None)]
    judged = _judgement("perturbation", 0.12, 0.61)
    return [JudgementView(judged.source, judged.label, judged.heads, "value", curve)]


def _judgement(source, deletion, insertion):
    around = [RemovalView(area, (area - 0.02, area + 0.02), other, (other - 0.03, other + 0.03)) for area, other in ((deletion, insertion), (insertion, deletion))]
    return JudgementView(source, source, dict(zip(("action", "value"), around, strict=True)))


def _values(entry, layers, length, seed, number):
    if entry.layer is None:
        return saliency(entry.height, entry.width, length, seed)
    values = planes(layers[entry.layer], length, seed, number)
    if entry.memory:
        return replace(values, memory=np.sin(np.arange(length)).astype(np.float32))
    if entry.lags:
        return replace(values, lags=np.outer(np.cos(np.arange(length) / 5), [1, -0.5, 0.25]).astype(np.float32))
    return values if entry.residual else MapPlanes(values.planes)


def main():
    """Run as a program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", metavar="OUTDIR")
    parser.add_argument("--kind", choices=KINDS, default="procgen")
    parser.add_argument("--trajectories", type=int, default=3)
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--single-file", action="store_true")
    arguments = parser.parse_args()
    print(write(arguments.directory, arguments.kind, arguments.trajectories, arguments.length, arguments.single_file))


if __name__ == "__main__":
    main()
