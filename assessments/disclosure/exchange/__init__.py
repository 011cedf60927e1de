"""A release in the formats that statisticians' tools read, as functions of its document alone.

The same document and labels give the same bytes. Nothing is computed that the document does not
say, and only the standard library is used.
"""
