"""People, the organisations they answer for, and their roles there."""
