"""Parts that the patterns of every kind are made of: where a number begins and ends."""

LEFT = r"(?<![0-9A-Za-z_.+-])"
RIGHT = r"(?![0-9A-Za-z_]|[.,-][0-9])"
# Signs that part the groups of a number: blanks, brackets, dots, dashes of all lengths.
PARTING = " \u00a0().\\-/\u2010-\u2015\u2212\u00b7"
