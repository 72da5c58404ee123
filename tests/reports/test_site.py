"""Several interfaces as one site."""

import base64
import io
import json
import re
import shutil

import fake_content
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from rlvis.command_line import main
from rlvis.errors import OptionError, OutputError
from rlvis.interface.reading import read_index
from rlvis.interface.writing import verify
from rlvis.reports import publish
from rlvis.reports.site import folder_name, returns_text


@pytest.fixture(scope="module")
def interfaces(tmp_path_factory):
    """The directories of two interfaces; the second is a single file, and another page lies beside it that is not its own."""
    folder = tmp_path_factory.mktemp("interfaces")
    fake_content.write(folder / "coin run", "procgen", 2, 70)
    fake_content.write(folder / "atari", "atari", 1, 20, single_file=True)
    (folder / "atari" / "mine.html").write_text("mine")
    return folder / "coin run", folder / "atari"


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_interfaces_lie_side_by_side_as_they_were_written(interfaces, tmp_path):
    page = publish(interfaces, tmp_path / "site", "Two <agents>")
    assert page == tmp_path / "site" / "index.html"
    places = [path for path in (tmp_path / "site").iterdir() if path.is_dir()]
    folder = next(path for path in places if path.name != "atari")
    assert files(folder) == files(interfaces[0])
    assert files(tmp_path / "site" / "atari") == {name: text for name, text in files(interfaces[1]).items() if name != "mine.html"}
    assert verify(tmp_path / "site") == len(files(tmp_path / "site")) - 1
    assert verify(folder) > 3


def test_a_card_for_each(interfaces, tmp_path):
    soup = BeautifulSoup(publish(interfaces, tmp_path / "site", "Two <agents>").read_text(), "html.parser")
    assert soup.h1.string == soup.title.string == "Two <agents>"
    first, second = soup.find_all("article")
    assert first.h2.string == "made-up procgen · blob"
    facts = dict(zip([node.string for node in first.find_all("dt")], [node.string for node in first.find_all("dd")], strict=True))
    assert facts["environment"] == "made-up procgen" and facts["network"] == "blob, 12,345 parameters"
    assert facts["recorded"] == "2 × 70 frames" and facts["checkpoint"] == "blob.npz 000000000000" and facts["date"] == "2026-01-02"
    assert facts["methods"] == "gradients, integrated gradients, perturbation (Greydanus et al.)"
    rewards, firsts, dones = (np.concatenate([getattr(fake_content.trajectory(fake_content.game("procgen"), 70, seed), name) for seed in (0, 1)]) for name in ("rewards", "firsts", "dones"))
    whole = [slice(start, end + 1) for start, end in ((start, start + int(np.argmax(dones[start:]))) for start in np.flatnonzero(firsts)) if dones[start : end + 1].any() and start // 70 == end // 70]
    assert facts["return"].startswith(f"{np.mean([rewards[part].sum() for part in whole]):.3g}, mean of {len(whole)} whole episode")
    for card in (first, second):
        assert (tmp_path / "site" / card.h2.a["href"]).is_file()
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(first.img["src"].split(",")[1]))))
    np.testing.assert_array_equal(picture, fake_content.trajectory(fake_content.game("procgen"), 70, 0).observations[35])
    assert soup.find("script") is None or not soup.find("script").string.strip()


def test_an_earlier_site_is_replaced_and_other_peoples_files_stay(interfaces, tmp_path):
    publish(interfaces, tmp_path / "site")
    (tmp_path / "site" / "CNAME").write_text("mine")
    publish(interfaces[1:], tmp_path / "site")
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == ["CNAME", "atari", "index.html", "manifest.json"]
    verify(tmp_path / "site")
    (tmp_path / "site" / "index.html").write_text("changed by hand")
    with pytest.raises(OutputError, match="changed by somebody else"):
        publish(interfaces, tmp_path / "site")
    assert (tmp_path / "site" / "index.html").read_text() == "changed by hand"


def test_what_cannot_be_published(interfaces, tmp_path):
    whole, single = interfaces
    with pytest.raises(OptionError, match="at least one"):
        publish([], tmp_path / "site")
    with pytest.raises(OptionError, match="given twice"):
        publish([whole, whole / ".." / whole.name], tmp_path / "site")
    with pytest.raises(OptionError, match="would lie in the interface"):
        publish([whole], whole / "site")
    with pytest.raises(OutputError, match="holds an interface; give another"):
        publish([whole], single)
    with pytest.raises(OutputError, match="no interface"):
        publish([whole, tmp_path / "nothing"], tmp_path / "site")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    with pytest.raises(OutputError, match="not written by rlvis"):
        publish([whole], tmp_path / "full")
    damaged = shutil.copytree(whole, tmp_path / "damaged")
    next((damaged / "data").iterdir()).write_text("")
    with pytest.raises(OutputError, match="1 changed"):
        publish([damaged], tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_manifest_cannot_make_it_copy_what_lies_elsewhere(interfaces, tmp_path):
    forged = shutil.copytree(interfaces[1], tmp_path / "forged")
    (tmp_path / "secret").write_text("secret")
    manifest = json.loads((forged / "manifest.json").read_text())
    manifest["files"]["../secret"] = {"bytes": 6, "sha256": "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"}
    (forged / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(OutputError, match="names files outside it"):
        publish([forged], tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_folders_have_names_that_addresses_can_hold():
    assert [folder_name(label) for label in ("coinrun", "runs/pong.2", "A-1")] == ["coinrun", "runs-pong.2", "A-1"]
    for label in ("coin run", "../x", "index.html", "manifest.json", "ü", "<b>"):
        assert re.fullmatch("interface-[a-z0-9._-]+", folder_name(label))


def test_returns_are_those_of_whole_episodes():
    part = {"begun": True, "ended": False, "return": 100.0}
    assert returns_text([{"episodes": [part]}]) == "no whole episode was recorded"
    assert returns_text([{"episodes": [part, {"begun": True, "ended": True, "return": -2.0}]}]) == "−2, mean of 1 whole episode"


def test_the_command(interfaces, tmp_path, capsys):
    assert main(["publish", *map(str, interfaces), "-o", str(tmp_path / "site"), "--title", "Mine"]) == 0
    assert "index.html" in capsys.readouterr().out
    assert read_index(tmp_path / "site" / "atari")["title"] == "made-up atari · blob"
    assert main(["publish", str(tmp_path / "nothing"), "-o", str(tmp_path / "other")]) == 2
    assert "holds no interface" in capsys.readouterr().err
