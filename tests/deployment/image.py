"""For tests: what the Dockerfile makes of this folder, without a container. A virtual environment, and no test.

It holds our wheel, built as the Dockerfile builds it, and the packages of requirements.lock: nothing that only
development or the embedded stack has, and nothing of this folder.
"""

import re
import subprocess
import sys
import venv
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns
from typing import Final

from tests.deployment.compose import ROOT, copied

PIP_SECONDS: Final = 120.0
"""To build or install our wheel: two seconds, but on a busy machine."""
PIP: Final = (getattr(sys, "_base_executable", sys.executable), "-m", "pip", "--disable-pip-version-check")
"""That of the Python that made this environment, as in the Makefile: the environment has none."""


def make_image(folder: Path) -> Path:
    """The virtual environment, in `folder`."""
    environment = folder / "image"
    venv.create(environment, symlinks=True)
    _link_packages(_packages(environment))
    wheel = _wheel(folder)
    _pip(environment / "bin/python", "install", "--no-deps", "--no-index", str(wheel))
    return environment


def _wheel(folder: Path) -> Path:
    """Our wheel, made of nothing but what the Dockerfile copies."""
    source, wheels = folder / "source", folder / "wheels"
    source.mkdir()
    for name in copied():
        if (ROOT / name).is_dir():
            copytree(ROOT / name, source / name, ignore=ignore_patterns("__pycache__"))
        else:
            copy2(ROOT / name, source / name)
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(wheels))
    _pip(Path(sys.executable), "wheel", *options, str(source))
    [wheel] = wheels.iterdir()
    return wheel


def _pip(python: Path, *arguments: str) -> None:
    command = [*PIP, "--python", str(python), *arguments, "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_SECONDS, check=False)
    assert done.returncode == 0, done.stderr


def _packages(environment: Path) -> Path:
    [found] = (environment / "lib").glob("python*/site-packages")
    return found


def _link_packages(place: Path) -> None:
    """Everything that requirements.lock pins, from where it is installed already."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", lock, re.MULTILINE):
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # for another platform
        assert package.version == version, f"{name} {package.version} is installed, not {version}: run `make setup`"
        for top in {file.parts[0] for file in package.files or ()} - {".."}:
            link = place / top
            if not link.exists():
                link.symlink_to(Path(str(package.locate_file(top))).resolve())
