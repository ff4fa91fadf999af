"""Files that list hosts, in the forms that people have them in. Each form is a module of its own.

Reading sends nothing, connects to nothing, and reads no secret.
"""
