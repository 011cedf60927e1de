"""The demonstration: a synthetic market that never mixes with real data."""
