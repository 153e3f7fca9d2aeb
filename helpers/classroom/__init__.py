"""Opens the course in JupyterLab: `copies` writes a learner's own, `lab` starts it.

As a program, `python -m helpers.classroom lab` for a learner and `... teach` for a lecturer.
`site` writes the lessons as pages, and `marking` judges what students hand in.
"""
