"""The parts of one text that could be known of somebody, and the text without those that are."""

from collections.abc import Iterator, Mapping, Sequence

from cx_pipeline.privacy.full_names import (
    LONGEST,
    Span,
    are_near,
    atoms,
    cjk_names,
    cjk_words,
    name_words,
    runs,
    told_as,
)

MARK = "[person]"


class Parts:
    """What of a text could be known: runs of name words, Chinese words, and atoms."""

    def __init__(self, text: str, is_word: Mapping[str, bool]) -> None:
        self.text = text
        self.atoms = atoms(text)
        self._words = name_words(text, is_word)
        self._spoken = {
            told_as([word.told for word in run[start:stop]]): None
            for run in runs(text, self._words)
            for start, stop in _ways(len(run))
        }
        self._cjk = [(word, set(cjk_names(word.told, is_word))) for word in cjk_words(text)]

    @property
    def names(self) -> Iterator[str]:
        yield from self._spoken
        for _, names in self._cjk:
            yield from names

    def without(self, names: set[str], told: set[str]) -> str | None:
        """The text with a mark for each known part; None when there is none."""
        gone = [Span(*atom[:2], "") for atom in self.atoms if atom.told in told]
        gone += [word for word, held in self._cjk if not names.isdisjoint(held)]
        for run in runs(self.text, self._words):
            for start, stop in _ways(len(run)):
                if told_as([word.told for word in run[start:stop]]) in names:
                    gone.append(Span(run[start].start, run[stop - 1].stop, ""))
        marks = list(_marks(self.text))
        if not gone and not (marks and self._words):
            return None
        merged = self._merged([*gone, *marks])
        if not gone and merged == [mark[:2] for mark in marks]:
            return None
        kept, end = [], 0
        for start, stop in merged:
            kept += [self.text[end:start], MARK]
            end = stop
        return "".join([*kept, self.text[end:]])

    def _merged(self, gone: Sequence[Span]) -> list[tuple[int, int]]:
        """Places with the atoms they touch and the name words beside them, neighbours as one."""
        todo = sorted({(span.start, span.stop) for span in gone})
        free = [span[:2] for span in (*self.atoms, *self._words)]
        while True:
            merged: list[tuple[int, int]] = []
            for start, stop in todo:
                if merged and (start <= merged[-1][1] or are_near(self.text, merged[-1][1], start)):
                    merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
                else:
                    merged.append((start, stop))
            words = {span[:2] for span in self._words}
            more = [
                place
                for place in free
                if any(
                    (place[0] < stop and start < place[1])
                    or (place in words and _are_beside(self.text, place, (start, stop)))
                    for start, stop in merged
                )
            ]
            todo = sorted({*merged, *more})
            free = [place for place in free if place not in more]
            if not more:
                return merged


def _are_beside(text: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    first, second = sorted((one, other))
    return first[1] <= second[0] and are_near(text, first[1], second[0])


def _marks(text: str) -> Iterator[Span]:
    start = text.find(MARK)
    while start >= 0:
        yield Span(start, start + len(MARK), "")
        start = text.find(MARK, start + len(MARK))


def _ways(length: int) -> Iterator[tuple[int, int]]:
    """Places of two to LONGEST neighbours in a run."""
    for start in range(length - 1):
        for stop in range(start + 2, min(length, start + LONGEST) + 1):
            yield start, stop
