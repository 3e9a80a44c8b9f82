using FlipAgent.Lab.Demo;

namespace FlipAgent.Bench;

/// <summary>Every round as a dot, a row for each situation and contender; the scale is logarithmic, from 10 ms to 100 s.</summary>
internal static class Plot
{
    private const double Width = 1240;
    private const double Left = 480;
    private const double Right = 40;
    private const double RowHeight = 18;
    private static readonly string[] s_colours = ["#dd6b20", "#2b6cb0", "#718096"];

    public static string Draw(IReadOnlyList<Round> rounds)
    {
        var svg = new Svg();
        string[] names = [.. rounds.Select(r => r.Who).Distinct()];
        svg.Text(20, 32, "How long clients got no answer, without the cloud's own time", 20, bold: true);
        for (var i = 0; i < names.Length; i++)
        {
            svg.Dot(26 + (i * 180), 52, 5, s_colours[i % s_colours.Length]);
            svg.Text(38 + (i * 180), 56, names[i], 12);
        }
        double y = 90;
        foreach (var advert in rounds.Select(r => r.AdvertMs).Distinct())
        {
            svg.Text(20, y, $"adverts every {advert} ms", 14, bold: true);
            y = Rows(svg, [.. rounds.Where(r => r.AdvertMs == advert)], names, y + 20) + 24;
        }
        return svg.File(Width, y);
    }

    private static double Rows(Svg svg, IReadOnlyList<Round> rounds, string[] names, double top)
    {
        var y = top;
        foreach (var situation in Situation.All)
        {
            var first = true;
            foreach (var of in rounds.Where(r => r.Situation == situation.Name).GroupBy(r => r.Who))
            {
                var colour = s_colours[Array.IndexOf(names, of.Key) % s_colours.Length];
                if (first)
                    svg.Text(Left - 110, y + 4, situation.Text, 12, "end");
                svg.Text(Left - 12, y + 4, of.Key, 11, "end", Svg.Faint);
                svg.Line(Left, y, Width - Right, y, "#e4e7eb");
                foreach (var round in of)
                    svg.Dot(X(round.OwnMs), y, 4, colour, $"{round.OwnMs:0} ms, round {round.Number}");
                first = false;
                y += RowHeight;
            }
        }
        foreach (var (ms, text) in new[] { (10.0, "10 ms"), (100, "100 ms"), (1000, "1 s"), (10_000, "10 s"), (100_000, "100 s") })
        {
            svg.Line(X(ms), top - 12, X(ms), y - 8, "#cbd2d9", "2 3");
            svg.Text(X(ms), y + 6, text, 11, "middle", Svg.Faint);
        }
        return y + 10;
    }

    /// <summary>What is shorter than 10 ms, none included, stands at the left edge.</summary>
    private static double X(double ms) => Left + (Math.Log10(Math.Clamp(ms, 10, 100_000) / 10) / 4 * (Width - Left - Right));
}
