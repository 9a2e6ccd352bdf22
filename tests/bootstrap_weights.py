"""The weights that the bootstrap of the marts draws from md5, drawn in Python."""

import hashlib


def weight(person: str, replicate: int) -> int:
    if replicate == 0:
        return 1
    drawn = int(hashlib.md5(f"{person}|{replicate}".encode()).hexdigest()[:15], 16) % 1_000_000
    bounds = (367_879, 735_759, 919_699, 981_012, 996_340, 999_406)
    return sum(drawn >= bound for bound in bounds)
