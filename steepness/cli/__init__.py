"""The `steepness` command."""
