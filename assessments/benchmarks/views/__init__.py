"""Pages about the benchmarks."""
