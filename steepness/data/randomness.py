"""The one source of randomness: numbers that are functions of (seed, purpose, step) alone."""

import hashlib

import numpy as np


def key(seed: int, purpose: str, step: int = 0) -> int:
    """A number that is a function of its arguments alone: the same on every machine, in any order of calls.

    Args:
        seed: of the trial or of its data.
        purpose: what the randomness is for, e.g. "shuffle" or "init"; different purposes are independent.
        step: optimiser step or epoch, where it changes with time.
    Returns:
        An integer in [0, 2**63), as torch and numpy take for seeds.
    """
    digest = hashlib.blake2b(f"{seed}/{step}/{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator(seed: int, purpose: str, step: int = 0) -> np.random.Generator:
    """A numpy generator seeded by `key`."""
    return np.random.default_rng(key(seed, purpose, step))
