"""One command per claim about speed: `python -m benchmarks NAME`. What was seen: docs/performance.md."""
