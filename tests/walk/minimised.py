"""A failing walk with everything left out that the failure does not need (delta debugging)."""

from tests.walk.checked import replayed
from tests.walk.moves import Move
from workflows.messages.start import StartOrder

Moves = tuple[Move, ...]


def minimised(start: StartOrder, moves: Moves, error: Exception) -> Moves:
    """The fewest of the moves, in their order, of which none can be left out without the same failure being gone.

    First large parts are left out, then ever smaller ones, down to single moves. All moves where the failure does not
    come again: it hung on something that the moves do not tell, which is a fault of the walk.
    """
    wanted = _kind(error)
    if _failure(start, moves) != wanted:
        return moves
    size = len(moves) // 2
    while size:
        shorter = _without_parts(start, moves, size, wanted)
        size = min(size, len(shorter)) if len(shorter) < len(moves) and size == 1 else size // 2
        moves = shorter
    return moves


def _without_parts(start: StartOrder, moves: Moves, size: int, wanted: str) -> Moves:
    """`moves` without each part of this size that the failure does not need, the last first."""
    end = len(moves)
    while end > 0:
        shorter = (*moves[: max(0, end - size)], *moves[end:])
        if _failure(start, shorter) == wanted:
            moves = shorter
        end -= size
    return moves


def _failure(start: StartOrder, moves: Moves) -> str | None:
    try:
        replayed(start, *moves)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
        return _kind(error)
    return None


def _kind(error: Exception) -> str:
    """By what two failures are the same: their type, and what they say up to the first number."""
    return f"{type(error).__name__}: {str(error).split(':')[0]}"
