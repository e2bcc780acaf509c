"""Do the kernel's claims agree with what is seen without it?

Whatever the recorder wrote, student code in the same process could have written. Three things it cannot reach: the
driver's clock and its own copy of the log, the text of the notebook, and the model rebuilt elsewhere. Each module here
holds claims against one of them. A disagreement is a `Contradiction`: a person looks, and nothing is earned by it.

What this cannot do: a notebook that forges a whole, consistent log, at the right moments, in cells whose text calls
`fit`, for as long as training takes, and for weights that really are good, looks like one that trained.
"""
