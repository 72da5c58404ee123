"""The layout keeps its promises: imports follow the flow, each foreign library has one door, files stay readable."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "rlvis"
# A file may import from its own stage and from those before it.
FLOW = ("errors", "file_replacement", "file_lock", "cache_folder", "processor", "compilation_cache", "parallel", "memory_budget", "byte_file", "stored_frames", "stored_planes", "array_archive", "video", "progress", "resources", "options", "statistics", "stages", "networks", "environments", "checkpoints", "rollouts", "attribution", "saliency", "evaluation", "gaze", "features", "interface", "training", "reports", "presentation", "stage_results", "trajectory_maps", "layer_activations", "layer_maps", "memory_maps", "layer_programs", "layer_directions", "layer_features", "model_editing", "saliency_maps", "second_agent", "gaze_maps", "saliency_video", "trust", "shared_writer", "pipeline", "command_line")
DOORS = {"mpi4py": "parallel", "ale_py": "environments", "gymnasium": "environments", "ctypes": "environments", "jinja2": "interface"}
FORBIDDEN = ("torch", "tensorflow", "stable_baselines3", "captum", "xaitk_saliency", "gym", "gym3", "cv2", "pickle")
FILES = sorted(path for path in PACKAGE.rglob("*.py"))


def stage(path):
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_flow(path):
    here = stage(path)
    if here in ("__init__", "__main__"):
        return
    assert here in FLOW, f"{path} belongs to no stage; add it to FLOW where it comes in the flow"
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "rlvis" and len(parts) > 1 and parts[1] in FLOW:
            assert FLOW.index(parts[1]) <= FLOW.index(here), f"{here} imports {name}, which comes later in the flow"
        assert parts[0] not in FORBIDDEN, f"{path} imports {name}"
        if parts[0] in DOORS:
            assert here == DOORS[parts[0]], f"{name} has one door, rlvis/{DOORS[parts[0]]}; {path} is not it"


@pytest.mark.parametrize("path", [*FILES, *sorted(ROOT.glob("static/*.js"))], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_short(path):
    assert len(path.read_text().splitlines()) <= 400


def test_the_parser_of_all_commands_starts_neither_jax_nor_mpi():
    code = "import sys, rlvis.command_line; rlvis.command_line.make_parser(); print([name for name in ('jax', 'mpi4py', 'sklearn', 'gymnasium') if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"
