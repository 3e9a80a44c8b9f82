using FlipAgent.Core;
using FlipAgent.Naming;

namespace FlipAgent.Control;

/// <summary>How the status says whether clients are served (docs/rules.md, S1).</summary>
internal static class ServiceWords
{
    /// <summary>The value of <c>floating_ip.served</c>.</summary>
    public static string Of(ServiceVerdict verdict) => verdict switch
    {
        ServiceVerdict.Off => "off",
        ServiceVerdict.Early => "early",
        ServiceVerdict.Answers => "answers",
        ServiceVerdict.Failing => "failing",
        ServiceVerdict.Dead => "dead",
        ServiceVerdict.NeverAnswered => "never-answered",
        ServiceVerdict.NeverReached => "never-reached",
        ServiceVerdict.NobodyTells => "unknown",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict)),
    };

    /// <summary>The value of <c>sees</c> of a node.</summary>
    public static string Of(Sight sight) => sight switch
    {
        Sight.Off => "off",
        Sight.Blind => "blind",
        Sight.Unasked => "unknown",
        Sight.Answers => "ok",
        Sight.Refused => "refused",
        Sight.TimedOut => "timed-out",
        _ => throw new ArgumentOutOfRangeException(nameof(sight)),
    };

    /// <summary>What the verdict adds to the line of a master that holds the address, and what it lowers it to; null: nothing.</summary>
    /// <param name="master">The master's name.</param>
    /// <param name="now">On the clock of the state.</param>
    /// <param name="vendor">Whose servers the nodes are.</param>
    public static (string Verdict, string Text)? Lowers(ServiceState service, string master, TimeSpan now, CloudVendor vendor)
    {
        var where = $"look at HAProxy's bind lines on {master}, its {vendor.IdKey}, and the firewall";
        return service.Verdict switch
        {
            ServiceVerdict.Failing => ("degraded", $"but no node sees the service answer through it for {(now - service.Since).TotalSeconds:0} s"),
            ServiceVerdict.Dead => ("critical", $"but nobody is served: no node sees the service answer through it for {(now - service.Since).TotalSeconds:0} s; {where}"),
            ServiceVerdict.NeverAnswered => ("critical", $"but the service was never seen to answer through it; {where}"),
            ServiceVerdict.NeverReached => ("degraded", "but no node has reached the service through it since its agent was started (floating_ip.guard)"),
            ServiceVerdict.NobodyTells => ("degraded", "but nobody can tell whether clients are served"),
            _ => null,
        };
    }

    /// <summary>What is odd about this node's own guard.</summary>
    public static IEnumerable<string> Warnings(ElectionState s, ServiceState service)
    {
        if (!s.Settings.Guard)
            yield break;
        // A master asks no guard of others, and may well have the address.
        if (s.Ip.Guard.Blind && s.Role != Role.Master)
            yield return $"the guard counts as off: {s.Ip.Guard.Detail}";
        else if (s.Ip.Guard.Alive == false && service.Verdict != ServiceVerdict.Early)
            yield return $"the guard fails: {s.Ip.Guard.Detail}";
    }
}
