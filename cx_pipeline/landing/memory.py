"""Text that DuckDB reads as a file and that never stands on a disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def in_memory(*texts: bytes) -> Iterator[str]:
    """A path to a nameless file in memory with these texts; gone when the block ends."""
    descriptor = os.memfd_create("landing", os.MFD_CLOEXEC)
    try:
        for text in texts:
            left = memoryview(text)
            while left:
                left = left[os.write(descriptor, left) :]
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
