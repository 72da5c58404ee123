"""Which report belongs to a checkpoint."""

from written_run import write_run

from rlvis.reports import find_report, write_report
from rlvis.training.run_directory import RunDirectory


def test_a_runs_report_belongs_to_its_checkpoints(tmp_path):
    run = RunDirectory(write_run(tmp_path / "run", [1, 2]))
    assert find_report(run.best) is None, "not written yet"
    page = write_report(run.path)
    assert find_report(run.best) == find_report(str(run.last)) == page
    assert find_report(run.path) == page, "a run directory that is a checkpoint itself"
    assert find_report(None) is None


def test_a_report_beside_the_file_comes_first(tmp_path):
    page = write_report(write_run(tmp_path / "run", [1]), tmp_path / "agents" / "coinrun-report.html")
    write_report(tmp_path / "run", tmp_path / "agents" / "report.html")
    assert find_report(tmp_path / "agents" / "coinrun.safetensors") == page
    assert find_report(tmp_path / "agents" / "pong.safetensors") == tmp_path / "agents" / "report.html"


def test_other_pages_are_left_alone(tmp_path):
    (tmp_path / "report.html").write_text("<p>Somebody's thesis</p>")
    assert find_report(tmp_path / "agent.pt") is None
