"""What reconstruction could learn from releases, measured."""
