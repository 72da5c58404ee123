import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rlvis.command_line import COMMANDS, main, make_parser

ROOT = Path(__file__).resolve().parents[2]


def test_every_command_module_is_registered():
    modules = {path.stem for path in (ROOT / "rlvis/command_line").glob("*.py")} - {"__init__", "arguments", "checkpoint_arguments"}
    assert modules == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command, capsys):
    with pytest.raises(SystemExit) as exit:
        main([command, "--help"])
    assert exit.value.code == 0 and "usage: rlvis" in capsys.readouterr().out


@pytest.mark.parametrize("arguments, message", [
    ([], "required"),
    (["rum"], "rum"),
    (["run", "x.jd", "-o", "y", "--atr-policy"], "did you mean --attr-policy"),
    (["run", "x.jd"], "-o/--output"),
    (["run", "x.jd", "-o", "y", "--seed", "one"], "invalid int value: 'one'"),
    (["run", "missing.jd", "-o", "y"], "missing.jd"),
    (["run", ".", "-o", "y"], "directory"),
    (["verify", "missing"], "missing"),
])
def test_mistakes_are_one_line_and_exit_code_2(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("rlvis: ") and error.count("\n") == 1 and message in error
    assert list(tmp_path.iterdir()) == []


def test_documented_flags_are_the_options():
    text = make_parser()._subparsers._group_actions[0].choices["run"].format_help()
    for flag in ("--trajectories-num-steps", "--attr-policy", "--no-layers-bottleneck-only", "--single-file", "--env"):
        assert flag in text


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("number, said", [(signal.SIGINT, "rlvis: interrupted"), (signal.SIGTERM, "rlvis: ended from outside")])
def test_interruption_leaves_nothing_behind(tmp_path, number, said):
    code = (
        # Where the tests themselves run in the background, what they start would ignore the signal.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import sys; sys.path.insert(0, 'tests'); import conftest, rlvis.command_line.run as run, rlvis.checkpoints\n"
        "network, parameters = conftest.random_network('clear', (16, 16, 3), 5, channels=2)\n"
        "agent = conftest.Checkpoint(network, parameters, conftest.EnvironmentSpecification('corridor', 'corridor'), conftest.CorridorEnvironment.action_names)\n"
        "rlvis.checkpoints.load = lambda path, **given: agent\n"
        "from rlvis.command_line import main\n"
        f"sys.exit(main(['run', 'agent', '-o', {str(tmp_path / 'page')!r}, '--trajectories-num-steps', '1000000']))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    first = process.stderr.read(1)
    time.sleep(1)
    process.send_signal(number)
    try:
        error = first + process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert process.returncode == 128 + number and said in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments, message", [(["-o", "/proc/nowhere/page"], "cannot write to /proc"), (["-o", "page", "--env", "coinrum"], "did you mean 'coinrun'")])
def test_mistakes_are_found_before_any_play(arguments, message, corridor_agent, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("rlvis.checkpoints.load", lambda path, **given: corridor_agent)
    assert main(["run", "agent", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and "trajectories" not in error
