"""Jobs: rows that workers carry out."""
