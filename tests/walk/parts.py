"""Many walks in several processes: in parts, each kept in a file once it is done.

A run that was stopped goes on where it was. A part that found something is not kept: it is walked again once mended.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from tests.walk.walk import Gone, Walk

WALKS_OF_A_PART: Final = 100
"""Some seven thousand steps: ten seconds."""
AT_ONCE: Final = 2
OF_A_WAVE: Final = 4 * AT_ONCE
"""Parts that are handed out together: enough that no process waits for long at the end of them."""
Tell = Callable[[Gone], object]
_PARTS: Final = TypeAdapter(dict[int, Gone])


def part(seed: str, number: int, walks: int = WALKS_OF_A_PART) -> Gone:
    """One part of the walks of this seed: always the same."""
    return total(Walk(f"{seed}-{walk}").go() for walk in range(number * walks, (number + 1) * walks))


def total(gone: Iterator[Gone]) -> Gone:
    """The sums over all of them."""
    return sum(gone, Gone())


def walked(
    seed: str, steps: int, kept: Path | None = None, tell: Tell = lambda _: None, walks: int = WALKS_OF_A_PART
) -> Gone:
    """As many waves of parts of this seed as it takes for so many steps; `tell` hears the sums after each part."""
    done, numbers = _read(kept), count()
    so_far = total(iter(done.values()))
    gone = Gone()
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        while gone.steps < steps:
            wave = [next(numbers) for _ in range(OF_A_WAVE)]
            new = [number for number in wave if number not in done]
            for number, made in zip(new, pool.map(partial(part, seed, walks=walks), new), strict=True):
                done[number], so_far = made, so_far + made
                _keep(kept, number, made)
                tell(so_far)
            gone += total(done[number] for number in wave)
    return gone


def _keep(kept: Path | None, number: int, gone: Gone) -> None:
    if kept and not gone.found:
        with kept.open("ab") as file:
            file.write(_PARTS.dump_json({number: gone}) + b"\n")


def _read(kept: Path | None) -> dict[int, Gone]:
    """The parts that stand in the file. The last line may have been cut off when the run was stopped."""
    lines = kept.read_bytes().splitlines(keepends=True) if kept and kept.exists() else []
    whole = (_PARTS.validate_json(line) for line in lines if line.endswith(b"\n"))
    return {number: gone for part_of_it in whole for number, gone in part_of_it.items()}
