"""Mutation testing: small wrong edits to a copy of a module, each of which a test must catch.

`python -m tests.mutation shapes --most 40 --seed 0` copies the project to a temporary folder,
makes one edit at a time there, runs the module's tests, and lists the edits that passed. The
working tree is never touched. What is made wrong: comparisons, + and −, ∗ and /, `and` and `or`,
`not` and signs, whole numbers, True and False, minimum and maximum, `if`, arguments left out.
"""
