"""What pages are made of: components, charts, styles, cached pages."""
