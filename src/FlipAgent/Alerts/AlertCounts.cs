namespace FlipAgent.Alerts;

/// <summary>What became of the alerts since the start, all sinks together.</summary>
/// <param name="Sent">Delivered.</param>
/// <param name="Queued">Wait to be delivered, or delivered again.</param>
/// <param name="Failed">Given up.</param>
public readonly record struct AlertCounts(long Sent, int Queued, long Failed);
