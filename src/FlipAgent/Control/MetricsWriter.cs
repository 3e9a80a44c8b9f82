using System.Globalization;
using System.Text;
using FlipAgent.Counting;

namespace FlipAgent.Control;

/// <summary>
/// Writes the Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats) or OpenMetrics 1.0
/// (prometheus.io/docs/specs/om/open_metrics_spec): for each metric one HELP and one TYPE line and then all its samples. It refuses what Prometheus would
/// refuse, since a scrape with one bad line is lost whole.
/// </summary>
/// <param name="openMetrics">False: text format 0.0.4.</param>
/// <param name="common">Labels that every sample gets, behind its own; one that a sample has itself is left out there.</param>
internal sealed class MetricsWriter(bool openMetrics, params ReadOnlySpan<(string Label, string Value)> common)
{
    /// <summary>Every name of FlipAgent's own begins with this.</summary>
    public const string Prefix = "flipagent_";

    private const string Total = "_total";

    private readonly (string Label, string Value)[] _common = common.ToArray();
    private readonly StringBuilder _text = new(16 * 1024);
    private readonly HashSet<string> _written = [];
    private string _name = "";

    public MetricsWriter()
        : this(false)
    {
    }

    public MetricsWriter Gauge(string name, string help) => Begin(Prefix + name, "gauge", help);

    /// <param name="name">Ends in _total.</param>
    public MetricsWriter Counter(string name, string help) => BeginCounter(Prefix + name, help);

    /// <summary>A gauge with a name that every program uses, such as process_open_fds.</summary>
    public MetricsWriter CommonGauge(string name, string help) => Begin(name, "gauge", help);

    /// <summary>A counter with such a name.</summary>
    public MetricsWriter CommonCounter(string name, string help) => BeginCounter(name, help);

    public MetricsWriter Sample(double value) => Sample("", [], value);

    public MetricsWriter Sample(string label, string labelValue, double value) => Sample("", [(label, labelValue)], value);

    public MetricsWriter Sample(ReadOnlySpan<(string Label, string Value)> labels, double value) => Sample("", labels, value);

    /// <summary>A whole histogram, one for each of the labelled series.</summary>
    public MetricsWriter Histogram(string name, string help, params ReadOnlySpan<(string Label, string Value, Histogram Series)> all)
    {
        Begin(Prefix + name, "histogram", help);
        foreach (var (label, value, series) in all)
        {
            var own = label.Length == 0 ? ((string, string)[])[] : [(label, value)];
            var (cumulative, sum) = series.Read();
            for (var i = 0; i < cumulative.Length; i++)
                Sample("_bucket", [.. own, ("le", i < series.Bounds.Length ? Bound(series.Bounds[i]) : "+Inf")], cumulative[i]);
            Sample("_sum", own, sum);
            Sample("_count", own, cumulative[^1]);
        }
        return this;
    }

    /// <summary>The page; in OpenMetrics with the line that says that it is whole.</summary>
    public override string ToString() => openMetrics ? _text + "# EOF\n" : _text.ToString();

    private MetricsWriter BeginCounter(string name, string help) => name.EndsWith(Total, StringComparison.Ordinal)
        ? Begin(name, "counter", help)
        : throw new ArgumentException($"the counter {name} must end in {Total}", nameof(name));

    private MetricsWriter Begin(string name, string type, string help)
    {
        if (!_written.Add(name))
            throw new InvalidOperationException($"the metric {name} is written twice");
        if (name.Length == 0 || name.Any(c => c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '_')))
            throw new ArgumentException($"{name} is no metric name", nameof(name));
        _name = name;
        // OpenMetrics names the family, and _total belongs to the sample.
        var family = openMetrics && type == "counter" ? name[..^Total.Length] : name;
        _text.Append("# HELP ").Append(family).Append(' ').Append(openMetrics ? Escape(help) : help.Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n');
        _text.Append("# TYPE ").Append(family).Append(' ').Append(type).Append('\n');
        return this;
    }

    private MetricsWriter Sample(string suffix, ReadOnlySpan<(string Label, string Value)> labels, double value)
    {
        _text.Append(_name).Append(suffix);
        var separator = '{';
        foreach (var (label, text) in labels)
            Append(label, text, ref separator);
        foreach (var (label, text) in _common)
            if (!Has(labels, label))
                Append(label, text, ref separator);
        _text.Append(separator == '{' ? " " : "} ").Append(Number(value)).Append('\n');
        return this;
    }

    private void Append(string label, string value, ref char separator)
    {
        _text.Append(separator).Append(label).Append("=\"").Append(Escape(value)).Append('"');
        separator = ',';
    }

    private static bool Has(ReadOnlySpan<(string Label, string Value)> labels, string label)
    {
        foreach (var (own, _) in labels)
            if (own == label)
                return true;
        return false;
    }

    private static string Escape(string value) => value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");

    /// <summary>OpenMetrics wants the canonical form of a bound: 1.0, not 1.</summary>
    private string Bound(double bound) => Number(bound) is var text && openMetrics && text.All(char.IsAsciiDigit) ? text + ".0" : text;

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
