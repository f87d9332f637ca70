"""The process that touches what records hold: reads, filters, decodes, with its own interpreter and memory limit."""
