"""Every component on one page, for whoever builds pages: served in development alone."""
