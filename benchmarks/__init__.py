"""Measurements, each a ratio against something measured in the same run. `make bench` runs them all; none is a test."""
