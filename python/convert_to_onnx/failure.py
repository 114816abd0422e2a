class Failure(Exception):
    """What happened, in words for the person who asked for the conversion."""
