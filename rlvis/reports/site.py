"""Several interfaces as one static site: their folders side by side, and a page with a card for each."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rlvis.errors import OptionError, OutputError
from rlvis.interface.chunks import chunk_media
from rlvis.interface.destination import MANIFEST, claim_directory, new_directory, read_manifest
from rlvis.interface.interface_writer import safe_name
from rlvis.interface.page import render_page
from rlvis.interface.reading import read_chunk, read_index
from rlvis.interface.sheets import read_sheets
from rlvis.interface.writing import PAGE, put_in_place, verify, write_manifest
from rlvis.reports.gaze_page import picture_url
from rlvis.reports.pages import shortest_label

SITE_PAGE = "index.html"


def publish(directories: Sequence, output, title: str = "Interfaces") -> Path:
    """Copy interfaces into one directory, with a page that leads to each.

    Args:
        directories: of the interfaces, as `rlvis.run` wrote them.
        output: the site's directory; must not exist, be empty, or hold an earlier site.
        title: of the page.

    Returns:
        The path of `index.html`.

    Raises:
        OptionError: if no interface is given, or one twice.
        OutputError: if one is missing or was changed, something else is at the site's place, or it cannot be written.
    """
    sources = _sources(directories, output)
    for source in sources.values():
        verify(source)
    with claim_directory(output) as destination:
        if (destination / PAGE).exists():
            raise OutputError(f"{destination} holds an interface; give another directory for the site")
        with new_directory(destination) as partial:
            cards = [_add(partial, folder, source) for folder, source in sources.items()]
            try:
                text = "".join(render_page("site.html", title, directory="site", cards=cards))
                (partial / SITE_PAGE).write_text(text, encoding="utf-8", newline="\n")
                write_manifest(partial, title)
            except OSError as error:
                raise OutputError(f"cannot write the site to {destination}: {error.strerror or error}") from error
            put_in_place(partial, destination)
    return Path(output) / SITE_PAGE


def _sources(directories, output):
    paths = [Path(directory).resolve() for directory in directories]
    if not paths:
        raise OptionError("a site needs at least one interface; give the directories that rlvis run wrote")
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise OptionError(f"{twice} is given twice; name each interface once")
    site = Path(output).resolve()
    inside = next((path for path in paths if path == site or path in site.parents), None)
    if inside is not None:
        raise OptionError(f"the site {site} would lie in the interface {inside}; give a directory beside it")
    return {folder_name(shortest_label(path, paths)): path for path in paths}


def folder_name(label: str) -> str:
    """A folder's name that addresses can hold as it is."""
    joined = label.strip("/").replace("/", "-")
    return joined if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", joined) and joined not in (SITE_PAGE, MANIFEST) else f"interface-{safe_name(joined)}"


def _add(partial, folder, source):
    """Copy what rlvis wrote of an interface, and nothing else that lies there; its card."""
    names = [*read_manifest(source)["files"], MANIFEST]
    outside = [name for name in names if Path(name).is_absolute() or ".." in Path(name).parts]
    if outside:
        raise OutputError(f"the manifest of {source} names files outside it ({', '.join(outside[:5])}); write the interface again")
    try:
        for name in names:
            target = partial / folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target)
    except OSError as error:
        raise OutputError(f"cannot copy {source} to the site: {error.strerror or error}") from error
    index = read_index(source)
    return card(index, f"{folder}/", picture(source, index))


def card(index: Mapping[str, Any], address: str, image: str) -> dict[str, Any]:
    """What the site's page says of an interface, as plain data.

    Args:
        index: its view model.
        address: of its folder, ending in a slash.
        image: the address of a picture.
    """
    network, environment, trajectories = index["network"], index["environment"], index["trajectories"]
    checkpoint = index["provenance"]["checkpoint"] or {"file": "", "sha256": ""}
    methods = list(dict.fromkeys(each["label"] for each in index["maps"]))
    frames = sum(trajectory["length"] for trajectory in trajectories)
    facts = {
        "environment": environment["name"],
        "network": f"{network['name']}, {network['parameters']:,} parameters{', recurrent' if network['recurrent'] else ''}",
        "return": returns_text(trajectories),
        "recorded": f"{len(trajectories)} × {frames // len(trajectories)} frames",
        "layers": ", ".join(layer["label"] for layer in index["layers"]),
        "methods": ", ".join(methods),
        "checkpoint": f"{checkpoint['file']} {checkpoint['sha256'][:12]}".strip(),
        "date": index["provenance"]["date"][:10],
    }
    links = [{"label": link["label"], "href": address + link["href"]} for link in index["links"] if re.fullmatch(r"[A-Za-z0-9._-]+", link["href"])]
    return {"title": index["title"], "href": address + PAGE, "image": image, "facts": {name: text for name, text in facts.items() if text}, "links": links}


def returns_text(trajectories: Sequence[Mapping[str, Any]]) -> str:
    """The mean return of the episodes that were recorded whole, or what is known where none was."""
    episodes = [episode for trajectory in trajectories for episode in trajectory["episodes"]]
    whole = [episode["return"] for episode in episodes if episode["begun"] and episode["ended"]]
    if not whole:
        return "no whole episode was recorded"
    return f"{sum(whole) / len(whole):.3g}, mean of {len(whole)} whole episode{'' if len(whole) == 1 else 's'}".replace("-", "−")


def picture(directory, index: Mapping[str, Any]) -> str:
    """The frame in the middle of the first trajectory, as a `data:` address."""
    trajectory, observation = index["trajectories"][0], index["observation"]
    chunk = read_chunk(directory, index, trajectory["frames"])
    frames = read_sheets(chunk.header["entries"], chunk_media(chunk), observation["height"], observation["width"])
    return picture_url(frames[trajectory["length"] // 2])
