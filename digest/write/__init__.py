"""Stories in, briefs out: every sentence traced to a span of a source. Pure: no I/O, no clock."""
