"""Writing an interface piece by piece, so that memory holds one piece at a time.

    with InterfaceWriter(directory, content) as writer:
        for trajectory in trajectories:
            writer.add_trajectory(trajectory)
        writer.add_examples(observations)
        for each layer:
            writer.add_features(features)
            for each trajectory, for each output:
                writer.add_map(map, output, trajectory, planes)
        page = writer.finish()
"""

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from rlvis.errors import OutputError
from rlvis.interface.chunks import Chunk, MediaEntry, media_chunk, parse_chunk
from rlvis.interface.content import AgreementContent, FeatureContent, InterfaceContent, MapContent, MapPlanes, TrajectoryContent
from rlvis.interface.destination import claim_directory, new_directory
from rlvis.interface.encoded_trajectory import EncodedTrajectory, encode_trajectory
from rlvis.interface.encoding import agreement_chunk, feature_chunk
from rlvis.interface.index import IndexParts, assemble_index
from rlvis.interface.page import interface_page
from rlvis.interface.plain_data import to_json
from rlvis.interface.planes import DecodedSum, EncodedMap, decode_map, encode_map
from rlvis.interface.sheets import encode_webp, sheet_chunk, shown_pictures
from rlvis.interface.trust_view import JudgementView
from rlvis.interface.validation import validate_index
from rlvis.interface.view_model import ChunkView, ExamplesView
from rlvis.interface.writing import PAGE, put_in_place, write_manifest


class InterfaceWriter:
    """Writes one interface; nothing shows at its place before `finish`.

    Args:
        directory: where to; must not exist, be empty, or hold an earlier interface.
        content: what the page is about.
        single_file: put everything into `interface.html`.
        claimed: the directory is the real path that the caller's `claim_directory` gave.

    Raises:
        OutputError: if something else is there, another run is writing to it, or it cannot be written to.
    """

    def __init__(self, directory, content: InterfaceContent, single_file: bool = False, claimed: bool = False):
        self._content = content
        self._single_file = single_file
        self._parts = IndexParts()
        with ExitStack() as stack:
            self._destination = directory if claimed else stack.enter_context(claim_directory(directory))
            self._directory: Path = stack.enter_context(new_directory(self._destination))
            (self._directory / "data").mkdir()
            self._open = stack.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        """Throw away what was not finished."""
        self._open.close()

    def add_trajectory(self, trajectory: TrajectoryContent) -> int:
        """Add the next trajectory; returns its index."""
        index = len(self._parts.trajectories)
        self.add_encoded_trajectory(encode_trajectory(self._content, index, trajectory))
        return index

    def add_encoded_trajectory(self, encoded: EncodedTrajectory) -> None:
        """Add the next trajectory, encoded elsewhere by `encode_trajectory`."""
        human = encoded.human
        if human is not None and self._parts.human not in (None, human):
            raise OutputError(f"human-resolution frames of trajectory {encoded.view.label!r} are {human.height} × {human.width}, of others {self._parts.human.height} × {self._parts.human.width}")
        for chunk in encoded.chunks:
            self._write(chunk)
        self._parts.human = human or self._parts.human
        self._parts.trajectories.append(encoded.view)
        self._parts.bookmarked_rows.append(encoded.bookmarked_rows)
        self._parts.advantages.append(encoded.advantages)
        self._parts.dones.append(encoded.dones)

    def add_map(self, content: MapContent, output: str, trajectory: int, planes: MapPlanes) -> None:
        """Add the map of one output in one trajectory.

        Args:
            content: the map; equal for all its outputs and trajectories.
            output: the output's id.
            trajectory: its index.
            planes: the numbers.
        """
        name = self.map_name(content, output, trajectory)
        self.add_encoded_map(content, encode_map(content, output, trajectory, planes, name, self._content.map_levels))

    def add_encoded_map(self, content: MapContent, encoded: EncodedMap) -> None:
        """Add a map that was encoded elsewhere, by `encode_map` with `map_name`."""
        known = self._parts.maps.setdefault(content.id, content)
        if known != content:
            raise OutputError(f"map {content.id} was described in two ways: {known} and {content}")
        places = self._parts.map_chunks.setdefault((content.id, encoded.output), {})
        if encoded.trajectory in places:
            raise OutputError(f"map {content.id}, {encoded.output}, was added twice for trajectory {encoded.trajectory}")
        places[encoded.trajectory] = self._write(encoded.chunk)
        self._parts.maxima[content.id, encoded.output, encoded.trajectory] = encoded.maxima
        self._parts.sums[content.id, encoded.output, encoded.trajectory] = encoded.largest_sum

    @staticmethod
    def map_name(content: MapContent, output: str, trajectory: int) -> str:
        """The name of a map's chunk."""
        return safe_name("-".join([content.method, *([content.layer] if content.layer else []), output.replace(":", "-"), str(trajectory)]))

    def add_examples(self, observations) -> None:
        """Add the observations that dataset examples are cut from, `(N, H, W, stack · channels)`: an array, or anything that gives such when sliced."""
        observation = self._content.observation
        chunk = self._write(sheet_chunk("examples-0", shown_pictures(observations, observation)))
        self._parts.examples = ExamplesView(len(observations), (chunk,), observation.height, observation.width)

    def add_features(self, features: FeatureContent) -> None:
        """Add the dataset examples of a layer's features; after `add_examples`."""
        if self._parts.examples is None:
            raise OutputError("dataset examples need the observations they are cut from; add the examples first")
        chunk = feature_chunk(safe_name(f"features-{features.layer}"), features, self._parts.examples.count)
        self._parts.feature_chunks[features.layer] = self._write(chunk)

    def add_optimized(self, layer: str, features: Mapping[int, np.ndarray]) -> None:
        """Add a layer's feature visualizations by optimization: `(H, W, 3)` uint8 by feature number."""
        entries = [MediaEntry(f"feature-{feature}", "image/webp", encode_webp(picture), {"height": picture.shape[0], "width": picture.shape[1]}) for feature, picture in sorted(features.items())]
        self._parts.optimized_chunks[layer] = self._write(media_chunk(safe_name(f"optimized-{layer}"), entries))

    def written_maps(self) -> dict[tuple[str, str], MapContent]:
        """The maps added so far by (map id, output)."""
        return {key: self._parts.maps[key[0]] for key in self._parts.map_chunks}

    def read_map(self, map_id: str, output: str, trajectory: int) -> dict[str, np.ndarray]:
        """The numbers of a map as the page will show them, `decode_map`'s arrays by key."""
        return decode_map(self._read_chunk(map_id, output, trajectory))

    def read_sum(self, map_id: str, output: str, trajectory: int) -> DecodedSum:
        """The sum of a map's planes as the page will show them, `(t, h, w)` when sliced along the trajectory."""
        return DecodedSum(self._read_chunk(map_id, output, trajectory))

    def _read_chunk(self, map_id, output, trajectory):
        path = self._directory / self._parts.files[self._parts.map_chunks[map_id, output][trajectory]]
        return parse_chunk(path.read_text(encoding="utf-8"))

    def add_agreement(self, agreement: Sequence[AgreementContent]) -> None:
        """Add how alike maps are; after the trajectories and maps."""
        self._parts.agreement.extend(agreement)
        for index in range(len(self._parts.trajectories) if agreement else 0):
            chunk = agreement_chunk(f"agreement-{index}", {each.output: each.correlations[index] for each in agreement})
            self._parts.agreement_chunks.append(self._write(chunk))

    def add_judgements(self, judgements: Sequence[JudgementView], baselines: Sequence[JudgementView], frames: int) -> None:
        """Add what maps, and baselines that know nothing, were found worth on so many frames."""
        self._parts.judgements.extend(judgements)
        self._parts.baselines.extend(baselines)
        self._parts.judged_frames = frames

    def add_page(self, name: str, source: Path) -> None:
        """Put a copy of another page beside this one, for a link to lead to."""
        try:
            shutil.copyfile(source, self._directory / name)
        except OSError as error:
            raise OutputError(f"cannot copy {source} to {self._destination}: {error.strerror or error}") from error

    def finish(self, notes: Sequence[str] = ()) -> Path:
        """Write the page and put everything in its place.

        Args:
            notes: further sentences for the page.

        Returns:
            The path of `interface.html`.
        """
        index = assemble_index(self._content, self._parts, notes)
        validate_index(index)
        blocks = self._blocks() if self._single_file else ()
        try:
            with open(self._directory / PAGE, "w", encoding="utf-8", errors="replace", newline="\n") as file:
                for piece in interface_page(to_json(index), blocks, self._single_file):
                    file.write(piece)
            self._remove_blocks()
            write_manifest(self._directory, self._content.title)
        except OSError as error:
            raise OutputError(f"cannot write the interface to {self._destination}: {error.strerror or error}") from error
        put_in_place(self._directory, self._destination)
        self.close()
        return self._destination / PAGE

    def _write(self, chunk: Chunk) -> str:
        if chunk.name in self._parts.chunks:
            raise OutputError(f"two chunks would be called {chunk.name}")
        state, size, partial = hashlib.sha256(), 0, self._directory / f"data/{chunk.name}.partial"
        try:
            with open(partial, "wb") as stream:
                for piece in chunk.pieces(block=self._single_file):
                    data = piece.encode()
                    state.update(data)
                    size += stream.write(data)
            digest = state.hexdigest()
            # The hash keeps files of two runs apart, in a directory and in a browser's cache.
            file = f"data/{chunk.name}.{digest[:8]}.js"
            partial.rename(self._directory / file)
        except OSError as error:
            raise OutputError(f"cannot write to {self._destination}: {error.strerror or error}") from error
        self._parts.chunks[chunk.name] = ChunkView(None if self._single_file else file, size, digest)
        self._parts.files[chunk.name] = file
        return chunk.name

    def _blocks(self):
        for name, file in self._parts.files.items():
            yield name, (self._directory / file).read_text(encoding="utf-8")

    def _remove_blocks(self):
        if self._single_file:
            for file in self._parts.files.values():
                (self._directory / file).unlink()
            (self._directory / "data").rmdir()


def safe_name(text: str) -> str:
    """A name that any file system and web server takes; different texts stay different.

    Letters are told apart by case only on some file systems, so a text that had to change, or has capitals, gets a hash.
    """
    safe = re.sub(r"[^a-z0-9._-]+", "_", text.lower())
    return safe if safe == text else f"{safe[:80]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"
