"""Text that DuckDB reads as a file and that never stands on a disk."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


@contextmanager
def in_memory(texts: Iterable[bytes]) -> Iterator[str]:
    """A path to a nameless file in memory with these texts; gone when the block ends.

    They are taken one after the other: of texts that are made on the way one is held at a time.
    """
    descriptor = os.memfd_create("landing", os.MFD_CLOEXEC)
    try:
        for text in texts:
            left = memoryview(text)
            while left:
                left = left[os.write(descriptor, left) :]
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
