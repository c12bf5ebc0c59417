"""Development tools: environments, the zip, tests, demo and benchmark. Standard library only."""
