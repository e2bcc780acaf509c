"""A Gradescope autograder: the zip that a teacher uploads, and what runs in Gradescope's container."""
