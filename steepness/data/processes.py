"""Whether a process lives, by what tells it from a later one of the same number. Linux; elsewhere none is known."""

from pathlib import Path


def born(pid: int) -> str:
    """When a process began, in the kernel's ticks; empty if there is no such process, or a dead one that nobody has
    taken leave of yet."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
