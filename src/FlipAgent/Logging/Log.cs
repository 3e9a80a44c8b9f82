using System.Net;

namespace FlipAgent.Logging;

/// <summary>
/// Every sentence that the shell logs, in one place: the phrase book. What the election does is an <see cref="FlipAgent.Core.Event"/> and goes through
/// <see cref="EventLog"/>; here is the rest. Ids: 15x election, 25x peers, 35x service, 45x cloud, 55x process; they never change their meaning.
/// Transitions are logged, repetitions are counted. Numbers are taken as objects: the library has 4 kB of code for each combination of types that are none.
/// </summary>
internal static partial class Log
{
    // Election

    [LoggerMessage(150, LogLevel.Information, "remembered from the last run: {Role} in term {Term}, {AgeMs:0} ms ago")]
    public static partial void StateRestored(this ILogger logger, string role, object term, object ageMs);

    [LoggerMessage(151, LogLevel.Warning, "the state in {File} cannot be used, going on without it: {Reason}")]
    public static partial void StateUnusable(this ILogger logger, string file, string reason);

    [LoggerMessage(152, LogLevel.Debug, "the decision loop woke {LateMs:0} ms late")]
    public static partial void LoopLate(this ILogger logger, object lateMs);

    [LoggerMessage(153, LogLevel.Warning, "a part of the state in {File} cannot be used, going on with the rest: {Reason}")]
    public static partial void StateFieldIgnored(this ILogger logger, string file, string reason);

    [LoggerMessage(154, LogLevel.Error, "{Place} has not answered for {Seconds} s, and the agent cannot start before it does: is the disk there (df, dmesg)?")]
    public static partial void StartHangs(this ILogger logger, string place, string seconds);

    // Peers

    [LoggerMessage(250, LogLevel.Information, "listening for adverts on {Endpoint}")]
    public static partial void AdvertsBound(this ILogger logger, EndPoint endpoint);

    // Alerts

    [LoggerMessage(350, LogLevel.Warning, "the heartbeat does not get through: {Reason}; tried again until it does")]
    public static partial void HeartbeatFailed(this ILogger logger, string reason);

    [LoggerMessage(351, LogLevel.Information, "the heartbeat gets through again")]
    public static partial void HeartbeatSent(this ILogger logger);

    // Process

    [LoggerMessage(550, LogLevel.Information, "flipagent {Version} starts as {Node} of {Cluster} with {File}")]
    public static partial void Starting(this ILogger logger, string version, string node, string cluster, string file);

    [LoggerMessage(551, LogLevel.Error, "the configuration is not valid: {Error}")]
    public static partial void ConfigInvalid(this ILogger logger, string error);

    [LoggerMessage(552, LogLevel.Warning, "configuration: {Warning}")]
    public static partial void ConfigWarning(this ILogger logger, string warning);

    [LoggerMessage(553, LogLevel.Information, "control socket at {Path}")]
    public static partial void ControlListening(this ILogger logger, string path);

    [LoggerMessage(554, LogLevel.Warning, "{Verb} refused to uid {Uid}, pid {Pid} ({Comm}): not root and not in group {Group}")]
    public static partial void ControlRefused(this ILogger logger, string verb, uint uid, int pid, string comm, string group);

    [LoggerMessage(555, LogLevel.Information, "{Verb} asked for by uid {Uid}, pid {Pid} ({Comm}): {Outcome}")]
    public static partial void ControlChanged(this ILogger logger, string verb, uint uid, int pid, string comm, string outcome);

    [LoggerMessage(557, LogLevel.Critical, "watchdog not fed: thread {Thread} has not moved for {AgeMs:0} ms")]
    public static partial void WatchdogWithheld(this ILogger logger, string thread, object ageMs);

    [LoggerMessage(559, LogLevel.Information, "flipagent ends after {UptimeS:0} s")]
    public static partial void Ending(this ILogger logger, object uptimeS);

    [LoggerMessage(561, LogLevel.Warning, "the groups {ReadGroup} and {ChangeGroup} do not exist: {Path} is for this user and root only")]
    public static partial void ControlPrivate(this ILogger logger, string readGroup, string changeGroup, string path);

    [LoggerMessage(562, LogLevel.Warning, "the group {Group} does not exist, so nobody but root has the right that goes with it: to {Right}")]
    public static partial void ControlGroupMissing(this ILogger logger, string group, string right);

    [LoggerMessage(563, LogLevel.Critical, "cannot start: {Reason}")]
    public static partial void CannotStart(this ILogger logger, string reason);

    [LoggerMessage(564, LogLevel.Error, "{Part} failed inside the agent, which goes on without it")]
    public static partial void PartFailed(this ILogger logger, string part, Exception exception);

    [LoggerMessage(565, LogLevel.Warning, "a background task failed and nobody asked for its result")]
    public static partial void TaskFailed(this ILogger logger, Exception exception);

    [LoggerMessage(560, LogLevel.Critical, "programming error, the process ends and is started anew")]
    public static partial void Unhandled(this ILogger logger, Exception exception);
}
