"""Trajectories and features as chunks.

What is in the chunks of an interface (T frames, A actions, K features, N example observations):

- `trajectory-i`: rewards, values, advantages `(T)` float32; logits `(T, A)` float32; actions `(T)`; firsts, dones `(T)`
  uint8; a person's fixations, "gaze/starts" `(T + 1)`, "gaze/rows" and "gaze/columns" int16; what a second agent thinks, "beside/values" `(T)` and "beside/logits" `(T, A)` float32; further timeline rows as "row:NAME" `(T)` float32 with a label and perhaps a color; of every part of the memory
  "memory:ID:norm" and "memory:ID:change" `(T)` float32, and "memory:ID:units" `(U, T)` int8 with a scale for each unit.
- `frames-i`, `human-i`, `examples-0`: pictures "sheet-0", … with columns, rows, count and first, the number of the first
  frame on the sheet (`sheets.py`).
- METHOD-LAYER-OUTPUT-i: planes (packed, `planes.py`), sums over positions `(T, K')` float32, maxima `(T)` float32, and
  where known completeness, target and memory `(T)` float32 and lags `(T, lags)` float32; K' counts the residual, which
  comes last.
- `features-LAYER`: for every density s and feature k, "s/centre_rows", "s/centre_columns", "k/s/observation" and
  "k/s/strength"; "k/thumbnail/…" `(4, 4)` and "k/strongest/…" `(M)` with observation, row, column and strength. Centres are
  in units of layer cells; observations are numbers below N; strengths are opacities.
- `agreement-i`: for every output compared, "OUTPUT" `(pairs, T)` int8, hundredths; −128 is unknown.
- `optimized-LAYER`: pictures "feature-k" with height and width.
"""

from collections.abc import Mapping

import numpy as np

from rlvis.errors import OutputError
from rlvis.interface.chunks import ArrayEntry, Chunk, array_chunk
from rlvis.interface.content import FeatureContent, TrajectoryContent
from rlvis.interface.view_model import EpisodeView
from rlvis.rollouts.bookmarks import episode_slices

_ROWS = ("rewards", "values", "advantages")
_BESIDE = {"beside_values": "beside/values", "beside_logits": "beside/logits"}
_GAZE_STEPS = 4096  # positions are told apart by that many in a picture
_OPACITIES = 63  # as many steps as can be told apart; 255 would be a fifth larger


def trajectory_chunk(name: str, trajectory: TrajectoryContent) -> Chunk:
    """A trajectory's numbers.

    Raises:
        OutputError: if a reward, value, advantage or logit is not finite, or an action does not exist.
    """
    for row in (*_ROWS, "logits", *_BESIDE):
        if getattr(trajectory, row) is not None and not np.isfinite(getattr(trajectory, row)).all():
            raise OutputError(f"trajectory {trajectory.label!r} has {row} that are not finite; check the checkpoint and the observations")
    actions = np.asarray(trajectory.actions)
    if not 0 <= actions.min() <= actions.max() < trajectory.logits.shape[1]:
        raise OutputError(f"trajectory {trajectory.label!r} has actions {actions.min()} to {actions.max()}, but logits of {trajectory.logits.shape[1]} actions")
    entries = [ArrayEntry(row, np.asarray(getattr(trajectory, row), np.float32)) for row in _ROWS]
    entries += [
        ArrayEntry("logits", np.asarray(trajectory.logits, np.float32)),
        ArrayEntry("actions", actions.astype(smallest_unsigned(trajectory.logits.shape[1]))),
        ArrayEntry("firsts", np.asarray(trajectory.firsts, bool).astype(np.uint8)),
        ArrayEntry("dones", np.asarray(trajectory.dones, bool).astype(np.uint8)),
    ]
    if trajectory.fixations is not None:
        entries += _gaze_entries(trajectory.fixations)
    entries += [ArrayEntry(key, np.asarray(getattr(trajectory, name), np.float32)) for name, key in _BESIDE.items() if getattr(trajectory, name) is not None]
    for row in trajectory.rows:
        extra = {"label": row.label, **({"color": row.color} if row.color else {})}
        entries.append(ArrayEntry(f"row:{row.name}", np.asarray(row.values, np.float32), extra=extra))
    for part, trace in trajectory.memory.items():
        entries += _memory_entries(f"trajectory {trajectory.label!r}, memory {part}", part, trace)
    return array_chunk(name, entries)


def _memory_entries(where, part, trace):
    if not np.isfinite(trace.norm).all():
        raise OutputError(f"{where} holds numbers that are not finite; check the checkpoint and the observations")
    # 127 levels of each unit's largest value: more than can be told apart in a row of a timeline.
    scales = np.abs(trace.units).max(axis=0) / 127
    stored = np.rint(trace.units / np.where(scales > 0, scales, 1)).astype(np.int8)
    return [
        ArrayEntry(f"memory:{part}:norm", np.asarray(trace.norm, np.float32)),
        ArrayEntry(f"memory:{part}:change", np.asarray(trace.change, np.float32)),
        ArrayEntry(f"memory:{part}:units", stored.T, scales.tolist()),
    ]


def _gaze_entries(fixations):
    # Positions beside the picture stay where they are, up to four pictures away.
    places = {name: np.rint(np.clip(getattr(fixations, name), -4, 4) * _GAZE_STEPS).astype(np.int16) for name in ("rows", "columns")}
    return [ArrayEntry("gaze/starts", np.asarray(fixations.starts, np.uint32)), *(ArrayEntry(f"gaze/{name}", values, 1 / _GAZE_STEPS) for name, values in places.items())]


def episodes(trajectory: TrajectoryContent) -> tuple[EpisodeView, ...]:
    """The parts of episodes in a trajectory."""
    dones, rewards = np.asarray(trajectory.dones, bool), np.asarray(trajectory.rewards, np.float64)
    return tuple(
        EpisodeView(part.start, part.stop, part.stop - part.start, float(rewards[part].sum()), bool(trajectory.firsts[part.start]), bool(dones[part.stop - 1]))
        for part in episode_slices(dones)
    )


def feature_chunk(name: str, features: FeatureContent, example_count: int) -> Chunk:
    """A layer's dataset examples.

    Args:
        name: of the chunk.
        features: the tables.
        example_count: how many example observations there are.

    Raises:
        OutputError: if the tables refer to observations that do not exist.
    """
    index_type = smallest_unsigned(example_count)
    entries = []
    for mosaic in features.mosaics:
        entries.append(ArrayEntry(f"{mosaic.subdivision}/centre_rows", np.asarray(mosaic.centre_rows, np.float32)))
        entries.append(ArrayEntry(f"{mosaic.subdivision}/centre_columns", np.asarray(mosaic.centre_columns, np.float32)))
        for feature, (observation, strength) in enumerate(zip(mosaic.observation, mosaic.strength, strict=True)):
            entries.append(ArrayEntry(f"{feature}/{mosaic.subdivision}/observation", _indices(features.layer, observation, example_count, index_type)))
            entries.append(_opacity(f"{feature}/{mosaic.subdivision}/strength", strength))
    for table_name, table in (("thumbnail", features.thumbnails), ("strongest", features.strongest)):
        for feature in range(len(table.observation)):
            key = f"{feature}/{table_name}"
            entries.append(ArrayEntry(f"{key}/observation", _indices(features.layer, table.observation[feature], example_count, index_type)))
            entries.append(ArrayEntry(f"{key}/row", np.asarray(table.row[feature], np.float32)))
            entries.append(ArrayEntry(f"{key}/column", np.asarray(table.column[feature], np.float32)))
            entries.append(_opacity(f"{key}/strength", table.strength[feature]))
    return array_chunk(name, entries)


def agreement_chunk(name: str, correlations: Mapping[str, np.ndarray]) -> Chunk:
    """A trajectory's rank correlations between maps by output, `(pairs, T)` each, between −1 and 1 or NaN."""
    rounded = {output: np.where(np.isfinite(values), np.rint(100 * np.nan_to_num(values)), -128).astype(np.int8) for output, values in correlations.items()}
    return array_chunk(name, [ArrayEntry(output, values, 1 / 100) for output, values in rounded.items()])


def smallest_unsigned(count: int) -> type:
    """The smallest unsigned integer type that can tell `count` things apart."""
    return np.uint8 if count <= 1 << 8 else np.uint16 if count <= 1 << 16 else np.uint32


def _indices(layer, observation, count, index_type):
    observation = np.asarray(observation)
    if observation.size and not 0 <= observation.min() <= observation.max() < count:
        raise OutputError(f"layer {layer}: dataset examples refer to observations {observation.min()} to {observation.max()}; there are {count}")
    return observation.astype(index_type)


def _opacity(key, strength):
    return ArrayEntry(key, np.rint(_OPACITIES * np.clip(strength, 0, 1)).astype(np.uint8), 1 / _OPACITIES)
