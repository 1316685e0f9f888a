"""Stories → briefs: sentences, quotes and figures of the sources, each with its span.

Pure: no I/O, no clock. The doors are `brief.write_brief`, `summary.summarise` and
`verify.problems`.
"""
