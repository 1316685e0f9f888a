"""Letters out and bounces in. The flow of one edition's mail:

message   the edition's bytes → one letter, built once
dkim      → signed
outbox    → to each reader exactly once, by the ledger
smtp      → over the wire
bounce    what comes back → what it means for a reader
"""
