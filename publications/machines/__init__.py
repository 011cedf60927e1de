"""What makes publications citable."""
