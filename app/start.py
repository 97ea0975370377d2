"""Set up an environment of our own beside the code, then open the app or pass the tests.

Needs nothing but Python 3.11 to 3.13 and its standard library:

    python3 app/start.py          set up, serve, open the browser
    python3 app/start.py test     set up, run the tests; what follows goes to pytest

After `python3 app/start.py`, as after `connectarium serve`:

    --port PORT            default: 5006, or the next one that is free
    --address ADDRESS      default: only this machine can connect
    --no-browser           do not open a browser
    --origin HOST[:PORT]   a further name under which browsers reach this server; may be given again
    --store DIR            the folder where runs are kept
    --own-tasks DIR        run task files (Python) of this folder; only if you trust them
    --help                 this text; nothing is installed for it
"""

import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CPU_TORCH = "https://download.pytorch.org/whl/cpu"  # PyPI's Linux wheel of torch brings gigabytes of CUDA
IN_TWO = ("-n", "2", "--dist", "loadgroup")  # two processes; tests of one group, as those in the browser, share one
PIP = "https://pypi.org/simple/pip/"


def main() -> int:
    """Install what is missing and hand over to the installed command."""
    testing, rest = sys.argv[1:2] == ["test"], sys.argv[1:]
    if {"-h", "--help"} & {*rest}:
        print(__doc__.strip())
        return 0
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        print(f"Connectarium needs Python 3.11, 3.12 or 3.13; this is {platform.python_version()}.", file=sys.stderr)
        return 2
    if not torch_is_built_for(platform.system(), platform.machine(), platform.mac_ver()[0]):
        here = f"{platform.system()} {platform.mac_ver()[0]}".strip()
        said = "PyTorch is built for Linux, for Windows on Intel or AMD, and for macOS 14 or later on Apple silicon"
        print(f"{said}; this Python is for {here} on {platform.machine()}.", file=sys.stderr)
        return 2
    try:
        install("test" if testing else "")
    except subprocess.CalledProcessError as error:
        print(f"The set-up stopped at: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    command = ["-m", "pytest", *IN_TWO, *rest[1:]] if testing else ["-m", "engine", "serve", *rest]
    return subprocess.run([PYTHON, *command], cwd=ROOT).returncode


def torch_is_built_for(system: str, machine: str, macos: str) -> bool:
    """Whether there is a wheel of the pinned torch for this system, processor and version of macOS."""
    if system == "Darwin":
        return machine == "arm64" and int(macos.partition(".")[0] or 0) >= 14
    return system != "Windows" or machine.upper() in ("AMD64", "X86_64")


def install(extra: str) -> None:
    """Make the environment and install this folder in it, unless pyproject.toml has not changed since."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + extra.encode()).hexdigest()
    stamp = ENVIRONMENT / f"connectarium{extra and '-' + extra}.sha256"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        make_environment()
    print("Installing Connectarium and what it needs (about 2 GB; some minutes, once) …", flush=True)
    target = f".[{extra}]" if extra else "."
    pip("install", "--quiet", *torch_index(), "--editable", target)
    stamp.write_text(wanted)


def make_environment() -> None:
    """A virtual environment with pip, also where Debian keeps pip's installer in a package of its own."""
    print(f"Making the environment {ENVIRONMENT} …", flush=True)
    bundled = importlib.util.find_spec("ensurepip") is not None
    subprocess.run([sys.executable, "-m", "venv", *([] if bundled else ["--without-pip"]), ENVIRONMENT], check=True)
    if not bundled:
        wheel = download_pip()
        subprocess.run([PYTHON, f"{wheel}/pip", "install", "--quiet", wheel], check=True)


def download_pip() -> Path:
    """The newest wheel of pip, checked against the hash that PyPI states."""
    request = urllib.request.Request(PIP, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        files = json.load(answer)["files"]
    newest = [f for f in files if f["filename"].endswith("-py3-none-any.whl") and not f.get("yanked")][-1]
    with urllib.request.urlopen(newest["url"], timeout=60) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != newest["hashes"]["sha256"]:
        raise SystemExit(f"{newest['url']} is not the file that PyPI announces; try again later.")
    wheel = ENVIRONMENT / newest["filename"]
    wheel.write_bytes(content)
    return wheel


def torch_index() -> list[str]:
    """On Linux without an NVIDIA driver, also look where torch has builds without CUDA, if that index answers."""
    if platform.system() != "Linux" or shutil.which("nvidia-smi"):
        return []
    try:
        urllib.request.urlopen(f"{CPU_TORCH}/torch/", timeout=10).close()
    except (urllib.error.URLError, OSError):
        return []
    return ["--extra-index-url", CPU_TORCH]


def pip(*arguments: str) -> None:
    """Run the environment's pip from the root of the repository."""
    subprocess.run([PYTHON, "-m", "pip", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
