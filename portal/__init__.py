"""The shell around the packages, and the infrastructure they share."""
