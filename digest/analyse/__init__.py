"""Items in, ranked stories out. Pure: no I/O, no clock."""
