"""A small shop that uses Kafka like anybody else: real producers, real groups, and the troubles real groups have."""
