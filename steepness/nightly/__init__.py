"""Nightly regression runs: every domain's nightly preset, held against stored runs of the same preset."""
