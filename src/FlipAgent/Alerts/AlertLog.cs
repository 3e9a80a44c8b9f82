namespace FlipAgent.Alerts;

/// <summary>What the alerts say in the log: only when something changes, and never a URL.</summary>
internal static partial class AlertLog
{
    [LoggerMessage(601, LogLevel.Warning, "Alerts through {Sink} are failing ({Detail}); they are kept and will be tried again")]
    public static partial void SinkFails(this ILogger log, string sink, string detail);

    [LoggerMessage(602, LogLevel.Error, "Alerts through {Sink} are refused ({Detail}); its configuration is wrong; next attempt in {Seconds} s")]
    public static partial void SinkRefuses(this ILogger log, string sink, string detail, int seconds);

    [LoggerMessage(603, LogLevel.Information, "Alerts through {Sink} are working again after {Seconds} s; {Lost} lost since the start")]
    public static partial void SinkRecovered(this ILogger log, string sink, int seconds, long lost);
}
