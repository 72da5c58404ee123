import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = """
import json, os, signal, sys
from rlvis.compilation_cache import compilation_cache
with compilation_cache():
    import jax
    hits = []
    jax.monitoring.register_event_listener(lambda event, **_: hits.append(event) if event.endswith("cache_hits") else None)
    jax.jit(lambda x: x * 2 + 1)(3.0).block_until_ready()
    if len(sys.argv) > 1:
        os.kill(os.getpid(), signal.SIGKILL)
print(json.dumps({"hits": len(hits), "left": "JAX_COMPILATION_CACHE_DIR" in os.environ}))
"""


def run(folder, *arguments, code=CODE, **environment):
    given = {**os.environ, "PYTHONPATH": str(ROOT), "RLVIS_CACHE": str(folder), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", **environment}
    return subprocess.run([sys.executable, "-c", code, *arguments], env=given, capture_output=True, text=True)


def test_the_second_process_finds_what_the_first_compiled(tmp_path):
    first = json.loads(run(tmp_path).stdout)
    assert first == {"hits": 0, "left": False}
    programs = [path for path in (tmp_path / "programs").rglob("*") if path.is_file()]
    assert programs
    second = run(tmp_path)
    assert json.loads(second.stdout)["hits"] > 0, second.stderr
    assert sorted(path for path in (tmp_path / "programs").rglob("*") if path.is_file()) == sorted(programs)


def test_a_killed_process_leaves_nothing_that_the_next_does_not_remove(tmp_path):
    assert run(tmp_path, "die").returncode == -signal.SIGKILL
    folder, = (tmp_path / "programs").iterdir()
    assert [path.is_dir() for path in folder.iterdir()] == [True]
    assert json.loads(run(tmp_path).stdout)["hits"] == 0
    assert all(path.is_file() for path in folder.iterdir())


@pytest.mark.parametrize("damage, kept", [("data", True), ("data[: len(data) // 2]", False), ("data[:-1]", False), ("b''", False), ("data[:9] + bytes([data[9] ^ 255]) + data[10:]", False)])
def test_what_a_full_disk_left_of_a_program_is_not_kept(tmp_path, damage, kept):
    code = f"""
import os, pathlib, zlib
from rlvis.compilation_cache import compilation_cache
with compilation_cache():
    data = zlib.compress(b"a program" * 9)
    (pathlib.Path(os.environ["JAX_COMPILATION_CACHE_DIR"]) / "program-cache").write_bytes({damage})
"""
    result = run(tmp_path, code=code)
    assert result.returncode == 0, result.stderr
    assert [path.name for path in (tmp_path / "programs").rglob("*") if path.is_file()] == ["program-cache"] * kept


def test_it_can_be_switched_off_or_be_elsewhere(tmp_path):
    run(tmp_path / "cache", RLVIS_COMPILATION_CACHE="0")
    run(tmp_path / "cache", JAX_COMPILATION_CACHE_DIR=str(tmp_path / "own"))
    assert not (tmp_path / "cache").exists() and (tmp_path / "own").is_dir()


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    result = run(tmp_path / "file")
    assert result.returncode == 0, result.stderr


def test_commands_use_it(tmp_path):
    code = "import os, sys\nimport rlvis.command_line as line\nline.make_parser = lambda: print(os.environ['JAX_COMPILATION_CACHE_DIR'])\nline.main([])"
    result = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT), "RLVIS_CACHE": str(tmp_path)}, capture_output=True, text=True)
    assert result.stdout.startswith(str(tmp_path / "programs")), result.stderr
