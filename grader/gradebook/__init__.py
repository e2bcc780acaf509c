"""The gradebook: what was decided, by whom, when. SQLite by default, PostgreSQL by URL.

Two kinds of things are kept, and both only ever grow:

* what the grader found (`markings`): a row per submission and change of its verdicts, with the digests of the evidence
  and the rubric that it rests on;
* what people did (`entries`): marks, remarks, reusable comments, appeals. The state of today is the newest entry on
  each subject; taking something back is an entry too.

Readers want `grader.gradebook.read`.
"""
