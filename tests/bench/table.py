"""Figures by row and proxy, one a round: printed as medians, and ours to nginx's; and kept for the record."""

import statistics

import bars

OURS, THEIRS = "understudy", "nginx"


def ratios(figures):
    """Ours to nginx's, of each round, sorted; none where one of them is missing."""
    pairs = zip(figures.get(OURS, []), figures.get(THEIRS, []))
    return sorted(ours / theirs for ours, theirs in pairs if theirs > 0)


def figure(part, row, figures):
    """What is held against the row's bar: a median."""
    if (part, row) in bars.BARS and bars.BARS[part, row][0] == bars.RATIO:
        return statistics.median(ratios(figures)) if ratios(figures) else None
    return statistics.median(figures[OURS]) if figures.get(OURS) else None


class Table:
    def __init__(self):
        self.names, self.part, self.rows = [], "", {}

    def begin(self, part, title, proxies):
        self.part, self.names = part, [proxy.name for proxy in proxies]
        head = "".join(f"{name:>18}" for name in self.names)
        ratio = f"{'to nginx (range)':>22}" if THEIRS in self.names else ""
        print(f"\n{title:<48}{head}{ratio}", flush=True)

    def keep(self, part, row, words, figures, form="{:.1f}"):
        """For the record alone."""
        self.rows.setdefault(part, {})[row] = {"words": words, "form": form, "figures": figures}

    def row(self, row, words, figures, form="{:.1f}"):
        """figures: {name of a proxy: one a round}; a proxy that has none is shown as -."""
        self.keep(self.part, row, words, figures, form)
        cells = "".join(f"{form.format(statistics.median(figures[n])) if figures.get(n) else '-':>18}" for n in self.names)
        ratio = ""
        if found := ratios(figures):
            ratio = f"{statistics.median(found):.2f} ({found[0]:.2f}-{found[-1]:.2f})"
        print(f"  {words:<46}{cells}{ratio:>22}{self.bar(row, figures)}", flush=True)

    def bar(self, row, figures):
        value = figure(self.part, row, figures)
        if value is None or bars.held(self.part, row, value) is None:
            return ""
        return f"  {bars.words(self.part, row)}" + ("" if bars.held(self.part, row, value) else ": NOT HELD")
