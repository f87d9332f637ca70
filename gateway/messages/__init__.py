"""The requests of the sweep, packed and unpacked with struct. Pure: bytes in, values out. Layouts are Kafka's own
(clients/src/main/resources/common/message); one version of each, negotiated in gateway.wire."""
