"""`rlvis train` and `rlvis compare` as a user calls them."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reports"))
from written_run import write_run  # noqa: E402

from rlvis.command_line import main  # noqa: E402
from rlvis.reports import write_report  # noqa: E402
from rlvis.training.options import TrainingOptions  # noqa: E402


@pytest.fixture
def trained(monkeypatch):
    """What the command gave to `rlvis.train`, which is not run."""
    calls = []

    def train(**given):
        calls.append({name: value for name, value in given.items() if name != "report"})
        return Path(given["output"]) / "checkpoints" / "best.safetensors"

    monkeypatch.setattr("rlvis.training.train.train", train)
    return calls


def test_only_what_is_said_is_passed_on(trained, capsys):
    assert main(["train", "heist", "-o", "runs/heist", "--epochs", "2", "--no-value-clipping", "--network-options", "channels=8", "lstm=64", "--preset", "procgen", "--quiet"]) == 0
    assert trained == [{"output": "runs/heist", "preset": "procgen", "resume": False, "environment": "heist", "epochs": 2, "value_clipping": False, "network_options": ["channels=8", "lstm=64"]}]
    assert "best.safetensors" in capsys.readouterr().out


def test_resuming_needs_no_environment(trained):
    assert main(["train", "-o", "runs/heist", "--resume", "--quiet"]) == 0
    assert trained == [{"output": "runs/heist", "preset": None, "resume": True}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "coinrun", "-o", "x", "--lerning-rate", "1"], "did you mean --learning-rate"),
        (["train", "coinrun", "-o", "x", "--lr", "1"], "see rlvis train --help"),
        (["train", "-o", "x"], "say what to train on"),
        (["train", "coinrun"], "-o/--output"),
        (["train", "coinrun", "-o", "x", "--preset", "dtx"], "did you mean 'dtu'"),
        (["train", "coinrun", "-o", "x", "--clip-schedule", "cosine"], "constant, linear"),
        (["train", "coinrn", "-o", "x"], "coinrn"),
        (["compare", "nowhere", "nothing", "-o", "x.html"], "not the directory of a training run"),
    ],
)
def test_mistakes_take_one_line_and_leave_nothing_behind(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main([*arguments, "--quiet"] if arguments[0] == "train" else arguments) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_every_option_is_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = capsys.readouterr().out
    for name in vars(TrainingOptions()):
        assert name == "environment" or f"--{name.replace('_', '-')}" in text, name


def test_compare_writes_a_page(tmp_path, capsys):
    runs = [write_run(tmp_path / name, [1, 2]) for name in ("a", "b")]
    assert main(["compare", *map(str, runs), "-o", str(tmp_path / "both.html")]) == 0
    assert "both.html" in capsys.readouterr().out
    page = (tmp_path / "both.html").read_text()
    assert json.loads(page.split('id="model">')[1].split("</script>")[0])["runs"][1]["label"] == "b"
    assert write_report(runs[0]).exists()
