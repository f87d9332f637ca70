"""Kafka and nothing else: no Django, no asyncio. Every call blocks, has a deadline, and can be made from any thread."""
