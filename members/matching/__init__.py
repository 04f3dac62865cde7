"""Two rosters in, explained pairs out; no ORM and no table.

rosters (files into entries) → normalise (one spelling, reading, parts) → tokens (keyed, bound) → passes (equality
joins, in `engine_duckdb` or `engine_spark`) → model (weights) → resolve (one to one) → explain (words).
`run.match` is the whole way. Design and measurements: the members paper, sections 3, 4 and 7.
"""
