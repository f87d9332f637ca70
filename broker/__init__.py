"""A private Kafka on this machine: its jars, a Java, a port, a folder, and that nothing of it outlives who started it.

No framework and no Kafka client in here: `manage.py up` starts one beside everything else, the lab one for its faults.
"""
