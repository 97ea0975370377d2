"""The house holds its own rules: ruff, the direction of imports, and small functions."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("engine/**/*.py"), *ROOT.glob("app/**/*.py")])


def _tool(name: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a command of this environment from the root of the repository."""
    command = shutil.which(name, path=str(Path(sys.executable).parent)) or name
    return subprocess.run([command, *arguments], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_finds_no_fault(arguments):
    found = _tool("ruff", *arguments, ".")
    assert found.returncode == 0, found.stdout + found.stderr


def test_imports_point_down_and_the_engine_knows_no_screen():
    found = _tool("lint-imports")
    assert found.returncode == 0, found.stdout + found.stderr


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[0]
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    doc = (first.end_lineno - first.lineno + 1) if documented else 0
    return function.end_lineno - function.lineno + 1 - doc


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_function_is_longer_than_forty_lines(path):
    tree = ast.parse(path.read_text())
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {f.name: _body_lines(f) for f in functions if _body_lines(f) > 40}
    assert not long
