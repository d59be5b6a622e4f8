from steepness.cli import main

main()
