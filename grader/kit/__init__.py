"""What an instructor gives to students: the public part of a rubric, the notebook to start from, how to check it."""
