"""Fuzzing: one target per parser of untrusted input. `make fuzz SECONDS=60` runs them all."""
