"""The label that every alphabet has: all that models need to know of one."""

BLANK = 0
"""Of CTC, and the end of an utterance in attention models; labels of characters start at 1."""
