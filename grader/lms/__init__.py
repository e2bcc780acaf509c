"""Marks and feedback on their way to a learning platform: Canvas, Moodle, LTI."""
