"""Edits that no test can catch, because they change nothing that anybody could see."""

# (module, the line as it stands, the edit as it is printed)
EXPLAINED = set()
