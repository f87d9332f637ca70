"""Ways for logs and events into Kafka, to be copied: the standard library and confluent_kafka, nothing of ours."""
