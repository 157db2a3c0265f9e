"""Bugs that were planted on purpose, each of which a test must find: `python -m tests.planted_bugs`.

Every edit is made in a copy of the process, by itself. Most must be killed by the rule tests; those that only a long
way leads to must be killed by the exploration, cut to its first states.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from tests.planted.attention import ATTENTION
from tests.planted.authorizations import AUTHORIZATIONS
from tests.planted.bug import Bug
from tests.planted.chargebacks import CHARGEBACKS
from tests.planted.disputes import DISPUTES
from tests.planted.early import EARLY
from tests.planted.first_half import FIRST_HALF
from tests.planted.guard import GUARD
from tests.planted.notices import NOTICES
from tests.planted.parcels import PARCELS
from tests.planted.shared_payments import SHARED_PAYMENTS

ROOT: Final = Path(__file__).parents[1]
COPIED: Final = ("workflows", "activities", "tests/process", "tests/exploration", "tests/languages")
QUOTED: Final = ("requirements.lock",)
"""Files that the rule tests read beside the process."""
PATIENCE: Final = 600
"""Seconds for one edit: twenty times what the longest takes alone. Beside it orders keep the machine busy."""
AT_ONCE: Final = 2
CONFIGURATION: Final = """[pytest]
addopts = --import-mode=importlib -p no:cacheprovider
pythonpath = .
"""
RULES: Final = ("-m", "pytest", "-x", "-q", "tests/process")
EXPLORATION: Final = ("-m", "tests.exploration.reduced")
NEAR: Final = {
    "dispute/appeal": "test_decisions",
    "dispute/evidence": "test_disputes",
    "dispute/resolutions": "test_decisions",
    "dispute/review": "test_disputes",
    "arrivals/endings": "test_cancellation",
    "arrivals/remedies": "test_returning",
    "arrivals/shipped": "test_shipment",
    "arrivals/whereabouts": "test_delivery",
    "money/attempts": "test_refunds",
    "money/captures": "test_authorizations",
    "money/contradictions": "test_payment",
    "money/disclaimed": "test_payment_conflicts",
    "money/going_back": "test_money_notices",
    "money/ledger": "test_refunds",
    "money/provider": "test_contradicted_news",
    "money/questions": "test_contradicted_news",
    "money/transfers": "test_refunds",
    "money/withdrawals": "test_mind_changed",
    "outside/bank_words": "test_mind_changed",
    "outside/withdrawn": "test_mind_changed",
    "senders": "test_refusals",
    "step": "test_deadlines",
    "telling/view": "test_conversation",
}
"""Where the rules of a module are tested that has no tests of its own name; they run first, to save time."""
BUGS: Final = (
    *FIRST_HALF,
    *NOTICES,
    *PARCELS,
    *DISPUTES,
    *CHARGEBACKS,
    *AUTHORIZATIONS,
    *SHARED_PAYMENTS,
    *ATTENTION,
    *EARLY,
    *GUARD,
)


def survivor(unedited: Path, bug: Bug) -> str | None:
    """Why the edit of a copy of `unedited` survived; None when a test has killed it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(unedited, copy)
        path = copy / "workflows" / "process" / f"{bug.file}.py"
        text = path.read_text(encoding="utf-8")
        if text.count(bug.old) != 1:
            return f"{bug.file}.py has {text.count(bug.old)} times: {bug.old!r}. Plant the bug anew"
        # Its compiled form goes with it: an edit of the same length within one second would not be noticed.
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
            compiled.unlink()
        path.write_text(text.replace(bug.old, bug.new), encoding="utf-8")
        ast.parse(path.read_text(encoding="utf-8"))
        if all(_run(copy, arguments)[0] for arguments in _tests(copy, bug)):
            return f"{bug.file}.py: {bug.why}: survived the {bug.killed_by}"
        return None


def _tests(copy: Path, bug: Bug) -> tuple[tuple[str, ...], ...]:
    """What may kill the edit: the tests nearest to it first, then all."""
    if bug.killed_by != "rules":
        return ((*EXPLORATION, bug.killed_by),)
    near = f"tests/process/{NEAR.get(bug.file, f'test_{Path(bug.file).name}')}.py"
    nearest = ((*RULES[:-1], near),) if (copy / near).exists() else ()
    return (*nearest, RULES)


def _unedited(copy: Path, killers: AbstractSet[str]) -> None:
    """Make the copy that every edit starts from. What is to kill passes there, and is compiled: that is half of what a
    run costs."""
    for part in COPIED:
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in QUOTED:
        shutil.copy(ROOT / file, copy)
    (copy / "pytest.ini").write_text(CONFIGURATION)
    for arguments in (RULES, *([EXPLORATION] if killers - {"rules"} else [])):
        passed, told = _run(copy, arguments)
        assert passed, f"the unedited copy does not pass: {told[-2_000:]}"


def _run(copy: Path, arguments: tuple[str, ...]) -> tuple[bool, str]:
    # The rules need no plugin, and each would be imported for each edit.
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    run = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return run.returncode == 0, run.stdout + run.stderr


def survivors(bugs: Iterable[Bug]) -> list[str]:
    """Those of the planted bugs that no test has killed."""
    bugs = tuple(bugs)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        _unedited(Path(folder), {bug.killed_by for bug in bugs})
        return [why for why in pool.map(partial(survivor, Path(folder)), bugs) if why]


def main() -> None:
    """Plants every bug, says which survived, and ends with 1 if one did."""
    left = survivors(BUGS)
    sys.stdout.write("\n".join([*left, f"{len(BUGS)} planted, {len(left)} survived\n"]))
    sys.exit(bool(left))


if __name__ == "__main__":
    main()
