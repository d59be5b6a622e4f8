"""Studies: what to train, what was trained, and the curves that came out."""

from steepness.study.study import Study, load_study

__all__ = ["Study", "load_study"]
