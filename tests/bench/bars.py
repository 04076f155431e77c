"""What may be spent: the bars that figures are held against, in the bench and in docs/performance.md.

A bar is on the ratio of a row of ours to the same of nginx, or on the figure itself. Goals are lower.
"""

RATIO, FIGURE = "times nginx", "figure"

# part, row: (what it is about, how it is taken, at most, goal or None)
BARS = {
    ("whole", "cpu"): (RATIO, 1.8, 1.5),
    ("stream", "cpu 50"): (RATIO, 1.1, 1.0),
    ("stream", "cpu 500"): (RATIO, 1.1, 1.0),
    ("stream", "cpu 2000"): (RATIO, 1.1, 1.0),
    ("crowd", "cpu"): (RATIO, 1.1, 1.0),
    ("crowd", "added p99"): (FIGURE, 10.0, None),
    ("memory", "stream 2000"): (FIGURE, 22.0, 18.0),
    ("memory", "idle"): (FIGURE, 11.0, None),
    ("memory", "hang-up 2000"): (FIGURE, 200.0, None),
    ("bodies", "request 100 KB"): (RATIO, 2.0, None),
    ("bodies", "request 10 MB"): (RATIO, 2.0, None),
    ("bodies", "answer 100 KB"): (RATIO, 2.0, None),
    ("bodies", "answer 10 MB"): (RATIO, 2.0, None),
    ("tls", "whole"): (RATIO, 1.5, None),
    ("tls", "event"): (RATIO, 1.5, None),
    ("flat", "connections"): (FIGURE, 1.1, None),
    ("flat", "requests"): (FIGURE, 1.1, None),
    ("start", "first answer"): (FIGURE, 50.0, None),
    ("start", "size"): (FIGURE, 700.0, None),
    ("workers", "two"): (FIGURE, 1.8, None),
}
# Of these more is better.
AT_LEAST = {("workers", "two")}


def held(part, row, figure):
    """Whether it is; None where there is no bar."""
    bar = BARS.get((part, row))
    if not bar:
        return None
    return figure >= bar[1] if (part, row) in AT_LEAST else figure <= bar[1]


def words(part, row):
    """As 'at most 1.8 (goal 1.5)'; '' where there is no bar."""
    bar = BARS.get((part, row))
    if not bar:
        return ""
    side = "at least" if (part, row) in AT_LEAST else "at most"
    return f"{side} {bar[1]:g}" + (f" (goal {bar[2]:g})" if bar[2] else "")
