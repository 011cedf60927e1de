"""Roadmap and guidance: publications, editions, provisions and the links between them."""
