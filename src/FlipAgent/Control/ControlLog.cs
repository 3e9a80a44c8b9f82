namespace FlipAgent.Control;

/// <summary>What the control server writes to the log: every change with who asked for it, and who was turned away.</summary>
internal static partial class ControlLog
{
    [LoggerMessage(600, LogLevel.Information, "{Verb} by uid {Uid} pid {Pid}: {Outcome}")]
    public static partial void Changed(ILogger log, string verb, uint? uid, int? pid, string outcome);

    [LoggerMessage(601, LogLevel.Warning, "{Request} refused: uid {Uid} pid {Pid} may not {Right} ({Suppressed} more like it since the last such line)")]
    public static partial void Denied(ILogger log, string request, uint? uid, int? pid, string right, int suppressed);

    [LoggerMessage(602, LogLevel.Warning, "the groups {ReadGroup} and {ChangeGroup} do not exist: {Socket} is open to this user and root only")]
    public static partial void NoGroups(ILogger log, string readGroup, string changeGroup, string socket);

    [LoggerMessage(603, LogLevel.Warning, "the group {Group} does not exist: besides root nobody has the right to {Right} by it")]
    public static partial void GroupMissing(ILogger log, string group, string right);
}
