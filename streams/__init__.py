"""Stream programs on Quix Streams: their own environment, their own processes, met by the console through topics only.

What they compute is in modules that import no engine: pure functions, tested without one.
"""
