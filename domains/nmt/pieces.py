"""The pieces that every vocabulary begins with: all that models need to know of one."""

PAD, UNKNOWN, BEGIN, END = range(4)
