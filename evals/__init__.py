"""Benchmarks as inspect_ai tasks, and what their numbers are made of.

`datasets` reads sets, `tasks` says what is asked of a graph and what is scored, `answering` asks it (or finds the kept
answer, under a key of `keys`), `solving` and `registry` make inspect_ai tasks of it, `evaluating` runs them, `metrics`
and `figures` compute, `report` shows. inspect_ai takes a second to import: `solving`, `registry`, `evaluating` and
`report` import it, the others do not.
"""
