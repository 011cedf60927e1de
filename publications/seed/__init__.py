"""The content pack: the first seed of a site."""
