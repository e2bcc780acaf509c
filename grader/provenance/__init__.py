"""Who made a report, from what, and whether it is still what was made: keys, signed statements, verifying."""
