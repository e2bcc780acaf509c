"""The self-check: what grading will say about the public criteria, told to the student before handing in."""
