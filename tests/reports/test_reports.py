"""Pages of curves, from run directories written by hand."""

import base64
import hashlib
import json

import numpy as np
import pytest
from bs4 import BeautifulSoup
from written_run import write_run

from rlvis.errors import OptionError, OutputError
from rlvis.reports import write_comparison, write_report
from rlvis.reports.curves import thin
from rlvis.reports.pages import shortest_label
from rlvis.training.options import TrainingOptions
from rlvis.training.run_directory import RunDirectory


def read_page(path):
    soup = BeautifulSoup(path.read_text(), "html.parser")
    return soup, json.loads(soup.find(id="model").string)


def series_of(model, title):
    return {line["label"]: line for chart in model["charts"] if chart["title"] == title for line in chart["series"]}


def test_a_report_holds_the_runs_curves(tmp_path):
    page = write_report(write_run(tmp_path / "first", [1, 2, 3, 4], learning_rate=3e-4))
    assert page == tmp_path / "first" / "report.html"
    soup, model = read_page(page)
    assert soup.title.string == "Training of first"
    returns = series_of(model, "Return")
    assert returns["training"]["values"] == [1, 2, 3, 4] and returns["training"]["steps"] == [32, 64, 96, 128]
    assert returns["training"]["hours"] == [0.5, 1, 1.5, 2]
    assert returns["unseen levels"]["values"] == [3, 5] and returns["unseen levels"]["errors"] == [0.5, 0.5] and returns["unseen levels"]["steps"] == [64, 128]
    assert "train levels" not in returns, "nothing is known of them"
    assert not series_of(model, "Imitation loss"), "there was no teacher"
    (run,) = model["runs"]
    assert ["learning_rate", "0.0003"] in run["options"] and ["time", "2 h 00 min"] in run["facts"]
    assert ["return on unseen levels, last evaluation", "5 ± 0.5"] in run["facts"]


def test_only_the_pages_own_script_and_style_may_run(tmp_path):
    soup, _ = read_page(write_report(write_run(tmp_path / "run", [1])))
    policy = soup.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    script = next(node for node in soup.find_all("script") if not node.has_attr("type"))
    for text, directive in ((script.string, "script-src"), (soup.style.string, "style-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert not [node for node in soup.find_all(True) if node.has_attr("src") or node.has_attr("style") or any(name.startswith("on") for name in node.attrs)]


def test_names_cannot_break_the_page(tmp_path):
    path = write_run(tmp_path / "<img src=x>&", [1], environment="</script><b>")
    soup, model = read_page(write_report(path))
    assert soup.h1.string == "Training of <img src=x>&" and soup.find("img") is None
    assert ["environment", "</script><b>"] in model["runs"][0]["options"]


def test_a_comparison_has_a_line_for_each_run(tmp_path):
    first, second = write_run(tmp_path / "a" / "run", [1, 2], seed=1), write_run(tmp_path / "b" / "run", [5, 6, 7], seed=2)
    _, model = read_page(write_comparison([first, second], tmp_path / "pages" / "both.html"))
    lines = series_of(model, "Return: training")
    assert {label: (line["run"], line["values"]) for label, line in lines.items()} == {"a/run": (0, [1, 2]), "b/run": (1, [5, 6, 7])}
    assert [run["label"] for run in model["runs"]] == ["a/run", "b/run"]


def test_runs_are_called_by_what_tells_them_apart(tmp_path):
    paths = [tmp_path / part for part in ("x/seed/run", "y/seed/run", "z/other")]
    assert [shortest_label(path, paths) for path in paths] == ["x/seed/run", "y/seed/run", "other"]
    run = write_run(tmp_path / "run", [1, 2])
    with pytest.raises(OptionError, match="run is given twice"):
        write_comparison([run, tmp_path / "x" / ".." / "run"], tmp_path / "page.html")


def test_long_runs_are_thinned_to_means():
    np.testing.assert_array_equal(thin(np.arange(10.0), 5), [0.5, 2.5, 4.5, 6.5, 8.5])
    np.testing.assert_array_equal(thin(np.arange(3.0), 5), [0, 1, 2])
    assert len(thin(np.arange(10_001.0), 1500)) <= 1500


def test_what_cannot_be_reported(tmp_path):
    with pytest.raises(OutputError, match="not the directory of a training run"):
        write_report(tmp_path)
    run = RunDirectory(tmp_path / "new")
    run.create(TrainingOptions(), {})
    with pytest.raises(OutputError, match="no progress"):
        write_report(tmp_path / "new")
    for text in ("{}", "[]", '{"format": "rlvis-training"}', "{"):
        run.config.write_text(text)
        with pytest.raises(OutputError, match="not the configuration"):
            write_report(tmp_path / "new")
    with pytest.raises(OutputError, match="is a file; give the directory"):
        write_report(run.config)
    with pytest.raises(OptionError, match="two runs"):
        write_comparison([tmp_path / "new"], tmp_path / "page.html")


def test_a_damaged_table_is_named(tmp_path):
    write_run(tmp_path / "run", [1, 2])
    RunDirectory(tmp_path / "run").progress.write_text("iteration,steps\n1,many\n")
    with pytest.raises(OutputError, match="progress.csv is damaged"):
        write_report(tmp_path / "run")
    for table, problem in (("iteration,steps,sec\n1,2,3\n", "no column seconds"), ("iteration,steps,seconds\n", "no rows")):
        RunDirectory(tmp_path / "run").progress.write_text(table)
        with pytest.raises(OutputError, match=problem):
            write_report(tmp_path / "run")
