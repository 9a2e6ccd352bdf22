"""What the file alone cannot answer, and what was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class UnknownAnswer(ValueError):
    """An answer that no question asks for, or that is none of its choices."""


@dataclass(frozen=True)
class Question:
    """Something that only who knows the source can say; without choices any text may be said."""

    key: str
    text: str
    choices: tuple[str, ...] = ()


class Asked:
    """Answers that were given, and the questions that are still open."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers
        self._used = {"encoding", "delimiter", "header", "sheet"}
        self.open: list[Question] = []

    def ask(self, key: str, text: str, choices: Sequence[str] = ()) -> str | None:
        self._used.add(key)
        told = self._answers.get(key)
        if told is None:
            self.open.append(Question(key, text, tuple(choices)))
        elif choices and told not in choices:
            raise UnknownAnswer(f"{key} is one of {', '.join(choices)}, not {told!r}")
        return told

    def told(self, key: str) -> str | None:
        """An answer that nobody has to give."""
        self._used.add(key)
        return self._answers.get(key)

    def prove_all_used(self) -> None:
        for key in self._answers:
            if key not in self._used:
                known = ", ".join(sorted(self._used))
                raise UnknownAnswer(f"nothing is asked as {key!r}; what may be answered: {known}")
