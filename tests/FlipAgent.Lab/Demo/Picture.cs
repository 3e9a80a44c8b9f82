namespace FlipAgent.Lab.Demo;

/// <summary>
/// The picture of the demonstration, in three parts: the whole story in seconds, one lane for everybody who had a part in it; the first moments
/// after the fault in milliseconds, one row for each step; and the rounds. Blue is haproxy-1, orange is haproxy-2, red is a user without a site.
/// </summary>
internal static class Picture
{
    private const double Width = 1240;
    private const double Left = 120;
    private const double Right = 30;
    private const string Blue = "#2b6cb0";
    private const string Orange = "#dd6b20";
    private const string Red = "#e53e3e";
    private const string Grey = "#cbd2d9";
    private const string Pale = "#fde8e8";
    private const double LaneHeight = 40;
    private static readonly string[] s_lanes = ["haproxy-1", "haproxy-2", "agent-1", "agent-2", "cloud", "client", "slack"];

    public static string Draw(DemoCluster cluster, Story story, IReadOnlyList<Failover> rounds)
    {
        var svg = new Svg();
        svg.Text(20, 32, "FlipAgent: a failover on the reference cluster", 20, bold: true);
        svg.Text(20, 52, "real HAProxy, real Apache, the stand-in cloud; a client that asks for the site every 10 ms", fill: Svg.Faint);
        var y = Lane(svg, cluster, story, 80);
        y = Steps(svg, story.Failure!, y + 30);
        y = Speed(svg, rounds, y + 30);
        return svg.File(Width, y + 10);
    }

    private static double Lane(Svg svg, DemoCluster cluster, Story story, double top)
    {
        var zero = story.Failure!.Fault;
        var from = zero.AddSeconds(-1.5);
        var to = story.Ended < DateTimeOffset.MaxValue ? story.Ended : cluster.Timeline.All[^1].At.AddSeconds(1);
        double X(DateTimeOffset at) => Left + ((at - from) / (to - from) * (Width - Left - Right));
        double Y(string lane) => top + 20 + (Array.IndexOf(s_lanes, lane) * LaneHeight);

        Seconds(svg, (from - zero).TotalSeconds, (to - zero).TotalSeconds, s => X(zero.AddSeconds(s)), top + 12, Y("slack") + LaneHeight);
        foreach (var lane in s_lanes)
        {
            svg.Text(Left - 12, Y(lane) + 29, lane, 13, "end", bold: true);
        }

        foreach (var bar in Bar.Of(cluster, from, to))
        {
            var fill = bar.Kind switch { "haproxy-1" => Blue, "haproxy-2" => Orange, "failing" => Red, "fault" or "down" => Pale, _ => Grey };
            var (x, width) = (X(bar.From), X(bar.To) - X(bar.From));
            svg.Rect(x, Y(bar.Lane) + 14, width, 20, fill, bar.Text);
            if (width > bar.Text.Length * 6.5)
            {
                svg.Text(x + (width / 2), Y(bar.Lane) + 29, bar.Text, 11, "middle", fill is Blue or Orange or Red ? "white" : Svg.Ink);
            }
        }

        var marks = Mark.Of(story).Where(m => m.At <= to).OrderBy(m => m.At).ToList();
        var lastX = new Dictionary<string, double>();
        for (var i = 0; i < marks.Count; i++)
        {
            // Two flags that fall on one spot stand side by side, above what the bar says.
            var x = Math.Max(X(marks[i].At), lastX.GetValueOrDefault(marks[i].Lane, double.MinValue) + 18);
            lastX[marks[i].Lane] = x;
            svg.Number(x, Y(marks[i].Lane) + 10, i + 1, marks[i].Text);
        }

        return Legend(svg, marks, zero, Y("slack") + LaneHeight + 24);
    }

    private static void Seconds(Svg svg, double first, double last, Func<double, double> x, double top, double bottom)
    {
        for (var s = Math.Ceiling(first); s <= last; s++)
        {
            var at = x(s);
            svg.Line(at, top + 6, at, bottom, s == 0 ? Svg.Ink : "#e4e7eb");
            if (s % 2 == 0)
            {
                svg.Text(at, top, s == 0 ? "0 s" : $"{s:0}", 11, "middle", Svg.Faint);
            }
        }
    }

    private static double Legend(Svg svg, List<Mark> marks, DateTimeOffset zero, double top)
    {
        var rows = (marks.Count + 2) / 3;
        for (var i = 0; i < marks.Count; i++)
        {
            var x = 30 + (i / rows * (Width - 40) / 3);
            var y = top + (i % rows * 20);
            svg.Number(x, y, i + 1, marks[i].Text);
            svg.Text(x + 74, y + 4, $"{(marks[i].At - zero).TotalSeconds:0.000} s", 11, "end", Svg.Faint);
            svg.Text(x + 82, y + 4, marks[i].Text, 12);
        }

        return top + (rows * 20);
    }

    /// <summary>One row for each step from the fault to the request, in milliseconds.</summary>
    private static double Steps(Svg svg, Failover failure, double top)
    {
        (string Text, DateTimeOffset At)[] steps =
        [
            ("HAProxy on haproxy-1 is stopped", failure.Fault),
            ("its agent sees that it is gone", failure.Detected),
            ("its agent releases the mastership to haproxy-2", failure.Released),
            ("haproxy-2 is master", failure.Promoted),
            ("the request to assign reaches the cloud", failure.Posted),
        ];
        var most = Math.Max(20, failure.ToPost.TotalMilliseconds * 1.05);
        double X(double ms) => Left + 240 + (ms / most * (Width - Left - 240 - 120));
        svg.Text(20, top, "From the fault to the request, in milliseconds", 15, bold: true);
        for (var i = 0; i < steps.Length; i++)
        {
            var y = top + 26 + (i * 24);
            var ms = (steps[i].At - failure.Fault).TotalMilliseconds;
            svg.Text(Left + 228, y + 4, steps[i].Text, 12, "end");
            svg.Line(X(0), y, X(most), y, "#e4e7eb");
            var before = i == 0 ? 0 : (steps[i - 1].At - failure.Fault).TotalMilliseconds;
            svg.Rect(X(before), y - 3, X(ms) - X(before), 6, Grey);
            svg.Dot(X(ms), y, 5, i < 3 ? Blue : Orange);
            svg.Text(X(ms) + 10, y + 4, $"{ms:0.0} ms", 11);
        }

        return top + 26 + (steps.Length * 24);
    }

    private static double Speed(Svg svg, IReadOnlyList<Failover> rounds, double top)
    {
        if (rounds.Count == 0)
        {
            return top;
        }

        var most = rounds.SelectMany(r => (TimeSpan[])[r.ToPost, r.Extra]).Append(Rounds.PostLimit).Max() * 1.1;
        svg.Text(20, top, $"HAProxy of the master killed (SIGKILL), {rounds.Count} rounds, in milliseconds", 15, bold: true);
        var half = (Width - Left - Right - 80) / 2;
        var posts = rounds.Select(r => r.ToPost).ToList();
        var extras = rounds.Select(r => r.Extra).ToList();
        Strip(svg, "from the kill to the request to assign", posts, Rounds.PostLimit, t => Left + (t / most * half), top + 30);
        Strip(svg, "what clients waited beyond that and the cloud", extras, Rounds.ExtraLimit, t => Left + half + 80 + (t / most * half), top + 30);
        return top + 70 + (rounds.Count * 16);
    }

    private static void Strip(Svg svg, string title, List<TimeSpan> times, TimeSpan limit, Func<TimeSpan, double> x, double top)
    {
        var median = Rounds.Median(times);
        var bottom = top + 12 + (times.Count * 16);
        svg.Text(x(TimeSpan.Zero), top, $"{title}: median {median.TotalMilliseconds:0} ms, limit {limit.TotalMilliseconds:0} ms");
        svg.Line(x(limit), top + 8, x(limit), bottom, Red, "4 3");
        svg.Line(x(median), top + 8, x(median), bottom, Svg.Ink, "2 3");
        for (var i = 0; i < times.Count; i++)
        {
            var y = top + 14 + (i * 16);
            svg.Rect(x(TimeSpan.Zero), y, x(times[i]) - x(TimeSpan.Zero), 10, i % 2 == 0 ? Blue : Orange, $"round {i + 1}");
            svg.Text(x(times[i]) + 5, y + 9, $"{times[i].TotalMilliseconds:0}", 10, fill: Svg.Faint);
        }
    }
}
