import shutil
import subprocess
import sys
from pathlib import Path

import rlvis
from rlvis.stages import circumstances as module
from rlvis.stages.circumstances import circumstances, code_version


def test_what_jax_was_told_counts_but_not_where_it_keeps_programs(monkeypatch):
    before = circumstances()
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "/somewhere")
    assert circumstances() == before
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    assert circumstances() != before
    assert {"code", "platform", "device", "processor", "jax", "numpy"} <= before.keys()


def test_a_changed_line_makes_another_version(tmp_path, monkeypatch):
    shutil.copytree(Path(rlvis.__file__).parent, tmp_path / "rlvis", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module.rlvis, "__file__", str(tmp_path / "rlvis" / "__init__.py"))
    copied = code_version.__wrapped__()
    monkeypatch.undo()
    assert copied == code_version.__wrapped__()
    with open(tmp_path / "rlvis" / "errors.py", "a") as file:
        file.write("\n")
    monkeypatch.setattr(module.rlvis, "__file__", str(tmp_path / "rlvis" / "__init__.py"))
    assert code_version.__wrapped__() != copied


def test_the_processor_is_the_same_in_another_process():
    code = "from rlvis.processor import processor_kind; print(processor_kind())"
    answers = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}).stdout for _ in range(2)}
    assert len(answers) == 1 and answers.pop().strip()
