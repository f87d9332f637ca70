from __future__ import annotations

from hypothesis import HealthCheck, settings

# An example's time says how busy the machine is, and nothing about the code.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")
