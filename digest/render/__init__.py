"""An edition in, bytes out: page, email, plain text, JSON. Pure: no I/O, no clock."""
