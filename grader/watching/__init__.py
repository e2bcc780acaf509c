"""What a program or an operator sees of a batch: a log, a summary, traces and metrics. None of it decides anything."""
