"""Searches: a whole topic is read as a job of the worker, and what it finds is kept for a while."""
