"""Outgoing mail: rows that a worker sends, written in the transaction that causes them."""
