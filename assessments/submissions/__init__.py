"""What ties answers, results and reports together in one transaction."""
