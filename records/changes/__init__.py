"""Every way records are written from here: each a change, planned, counted and read back."""
