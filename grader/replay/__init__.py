"""Train a student's head again, by itself, on features of the frozen base that the whole class shares."""
