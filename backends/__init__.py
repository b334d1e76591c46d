"""One contract for every chat model (`base`), four kinds of backend, and their weights, usage and errors.

Import from the modules; nothing is imported here, so that asking for one backend never loads the engine of another.
"""
