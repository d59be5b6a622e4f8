"""`python -m steepness`."""

try:
    from steepness.cli.app import main
except ModuleNotFoundError as missing:
    raise SystemExit(
        f"error: {missing.name} is not installed for this Python; `make setup` makes .venv, whose "
        ".venv/bin/steepness has it, or pip install steepness"
    ) from None

main()
