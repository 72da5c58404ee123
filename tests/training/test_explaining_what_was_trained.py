"""An agent that was trained here, with a memory, becomes an interface that links to the curves of its training."""

import json

from bs4 import BeautifulSoup

import rlvis
from rlvis.interface.writing import verify
from rlvis.reports import write_report
from rlvis.training.train import train

SMALL = {"trajectories": {"num_envs": 1, "num_steps": 6}, "observations": {"num_envs": 2, "num_obs": 8, "obs_every": 1}, "nmf_features": 2, "vis_subdiv_mults": (1,), "batch_size": 8, "attr_integrate_steps": 2}


def test_a_recurrent_agent_from_training_to_the_page(tmp_path, tiny_training):
    agent = train(output=tmp_path / "run", **{**tiny_training, "network_options": ("lstm=4",), "micro_batch": 2, "total_steps": 64})
    report = write_report(tmp_path / "run")
    page = rlvis.run(agent, tmp_path / "page", **SMALL)
    index = json.loads(BeautifulSoup(page.read_text(), "html.parser").find(id="index").string)
    assert index["network"]["recurrent"] and {part["id"] for part in index["memory"]} == {"lstm/c", "lstm/h"}
    assert [layer["id"] for layer in index["layers"]][0] == "conv"
    (link,) = index["links"]
    assert (page.parent / link["href"]).read_bytes() == report.read_bytes()
    assert verify(page.parent)


def test_a_single_file_has_nothing_beside_it(tmp_path, whole_run):
    write_report(whole_run)
    page = rlvis.run(whole_run / "checkpoints" / "best.safetensors", tmp_path / "page", **SMALL, single_file=True)
    assert sorted(path.name for path in page.parent.iterdir()) == ["interface.html", "manifest.json"]
    assert json.loads(BeautifulSoup(page.read_text(), "html.parser").find(id="index").string)["links"] == []
