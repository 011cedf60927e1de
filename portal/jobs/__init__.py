"""Jobs: rows that workers carry out.

`models` has the columns of a job and what a kind of job is, `leases` its way from claim to end,
`broker` what wakes a worker. A slice keeps what is particular to its job: what is done, and what
is a refusal.
"""
