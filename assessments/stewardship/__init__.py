"""The pages of the working group about benchmarks and organisations."""
