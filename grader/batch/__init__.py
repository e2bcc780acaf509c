"""Many submissions: run them side by side, judge what was seen, write everything out."""
