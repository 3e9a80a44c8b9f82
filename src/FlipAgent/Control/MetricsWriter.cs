using System.Globalization;
using System.Text;
using FlipAgent.Counting;

namespace FlipAgent.Control;

/// <summary>
/// Writes the Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): for each metric one HELP and one TYPE line and then all
/// its samples. It refuses what Prometheus would refuse, since a scrape with one bad line is lost whole.
/// </summary>
internal sealed class MetricsWriter
{
    /// <summary>Every name begins with this.</summary>
    public const string Prefix = "flipagent_";

    private readonly StringBuilder _text = new(8192);
    private readonly HashSet<string> _written = [];
    private string _name = "";

    public MetricsWriter Gauge(string name, string help) => Begin(name, "gauge", help);

    /// <param name="name">Ends in _total.</param>
    public MetricsWriter Counter(string name, string help)
    {
        if (!name.EndsWith("_total", StringComparison.Ordinal))
            throw new ArgumentException($"the counter {name} must end in _total", nameof(name));
        return Begin(name, "counter", help);
    }

    public MetricsWriter Sample(double value) => Sample("", [], value);

    public MetricsWriter Sample(string label, string labelValue, double value) => Sample("", [(label, labelValue)], value);

    public MetricsWriter Sample(ReadOnlySpan<(string Label, string Value)> labels, double value) => Sample("", labels, value);

    /// <summary>A whole histogram, one for each of the labelled series.</summary>
    public MetricsWriter Histogram(string name, string help, params ReadOnlySpan<(string Label, string Value, Histogram Series)> all)
    {
        Begin(name, "histogram", help);
        foreach (var (label, value, series) in all)
        {
            var own = label.Length == 0 ? ((string, string)[])[] : [(label, value)];
            var (cumulative, sum) = series.Read();
            for (var i = 0; i < cumulative.Length; i++)
                Sample("_bucket", [.. own, ("le", i < series.Bounds.Length ? Number(series.Bounds[i]) : "+Inf")], cumulative[i]);
            Sample("_sum", own, sum);
            Sample("_count", own, cumulative[^1]);
        }
        return this;
    }

    public override string ToString() => _text.ToString();

    private MetricsWriter Begin(string name, string type, string help)
    {
        if (!_written.Add(name))
            throw new InvalidOperationException($"the metric {name} is written twice");
        if (name.Length == 0 || name.Any(c => c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '_')))
            throw new ArgumentException($"{name} is no metric name", nameof(name));
        _name = Prefix + name;
        _text.Append("# HELP ").Append(_name).Append(' ').Append(help.Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n');
        _text.Append("# TYPE ").Append(_name).Append(' ').Append(type).Append('\n');
        return this;
    }

    private MetricsWriter Sample(string suffix, ReadOnlySpan<(string Label, string Value)> labels, double value)
    {
        _text.Append(_name).Append(suffix);
        for (var i = 0; i < labels.Length; i++)
            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Label).Append("=\"").Append(EscapeLabel(labels[i].Value)).Append('"');
        _text.Append(labels.Length > 0 ? "} " : " ").Append(Number(value)).Append('\n');
        return this;
    }

    private static string EscapeLabel(string value) => value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
