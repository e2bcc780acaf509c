"""The review app: a web page on which people mark answers, override criteria and answer appeals.

Server-rendered, and complete without JavaScript. Everything a student wrote is escaped; nothing of theirs is
run. The app shows what `grader.gradebook` holds and writes down what people decide.
"""
