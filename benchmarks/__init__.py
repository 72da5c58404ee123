"""How fast, how exact and how large rlvis is, beside what it replaces: `python -m benchmarks` prints one table."""
