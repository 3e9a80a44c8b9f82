using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace FlipAgent.Control;

/// <summary>In which format a reader wants the metrics (RFC 9110 section 12.5.1).</summary>
internal static class MetricsFormat
{
    public const string Text = "text/plain; version=0.0.4; charset=utf-8";

    public const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private static readonly string[] s_versions = ["1.0.0", "0.0.1"];

    /// <summary>True when it names OpenMetrics in a version that is written here, and likes no other text better. A header that cannot be read counts as none.</summary>
    public static bool IsOpenMetrics(StringValues accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept.ToArray()!, out var wanted))
            return false;
        double open = 0, text = 0;
        foreach (var type in wanted)
        {
            var quality = type.Quality ?? 1;
            if (type.MediaType.Equals("application/openmetrics-text", StringComparison.OrdinalIgnoreCase) && IsKnown(type))
                open = Math.Max(open, quality);
            else if (type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
                text = Math.Max(text, quality);
        }
        return open > 0 && open >= text;
    }

    private static bool IsKnown(MediaTypeHeaderValue type)
    {
        foreach (var parameter in type.Parameters)
            if (parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))
                return s_versions.Contains(parameter.Value.Value?.Trim('"'));
        return true;
    }
}
