"""Errors whose message is for people: English where it is logged, and a sentence for whoever reads another language."""

from workflows.messages.sentences import Sentence


class ToldError(Exception):
    """`str` of it is English; `why` is what it is made of, or somebody else's words, which no catalogue has."""

    def __init__(self, why: Sentence | str) -> None:
        super().__init__(str(why))
        self.why = why
