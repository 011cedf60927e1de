"""The frame of the API."""
