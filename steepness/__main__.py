from steepness.cli.app import main

main()
