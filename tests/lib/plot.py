"""Small line charts as SVG, without help from others."""

import math

WIDTH, HEIGHT, MARGIN = 420, 260, 50


def _chart(title, unit, points, left):
    """POINTS, {x: y}, with x on a logarithmic axis."""
    xs, ys = sorted(points), [points[x] for x in sorted(points)]
    low, high = math.log10(xs[0]), math.log10(xs[-1])
    top = max(ys) * 1.1 or 1

    def place(x, y):
        across = (math.log10(x) - low) / (high - low or 1)
        return (left + MARGIN + across * (WIDTH - 2 * MARGIN),
                HEIGHT - MARGIN - y / top * (HEIGHT - 2 * MARGIN))

    line = " ".join("%.1f,%.1f" % place(x, points[x]) for x in xs)
    parts = ['<text x="%d" y="20" class="t">%s</text>' % (
        left + MARGIN, title),
        '<polyline points="%s"/>' % line,
        '<path d="M%d,%d V%d H%d"/>' % (left + MARGIN, MARGIN - 10,
                                        HEIGHT - MARGIN,
                                        left + WIDTH - MARGIN + 10)]
    for x in xs:
        across, up = place(x, points[x])
        parts.append('<circle cx="%.1f" cy="%.1f" r="3"/>' % (across, up))
        parts.append('<text x="%.1f" y="%.1f">%.0f</text>' % (
            across, up - 8, points[x]))
        parts.append('<text x="%.1f" y="%d">%s</text>' % (
            across, HEIGHT - MARGIN + 18, format(x, ",")))
    parts.append('<text x="%d" y="%d">%s</text>' % (
        left + WIDTH - MARGIN, HEIGHT - MARGIN + 34, unit))
    return "\n".join(parts)


def figure(charts):
    """(title, unit of x, {x: y}) each, side by side."""
    body = "\n".join(_chart(*chart, left=i * WIDTH)
                     for i, chart in enumerate(charts))
    return """<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d">
<style>text { font: 11px sans-serif; text-anchor: middle }
.t { font-weight: bold; text-anchor: start }
polyline, path { fill: none; stroke: #444 } circle { fill: #444 }</style>
<rect width="100%%" height="100%%" fill="white"/>
%s
</svg>
""" % (WIDTH * len(charts), HEIGHT, body)
