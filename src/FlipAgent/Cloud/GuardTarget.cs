using System.Net;
using System.Net.Sockets;
using FlipAgent.Config;
using FlipAgent.Net;

namespace FlipAgent.Cloud;

/// <summary>
/// Whether what the guard asks can say anything about another node. It cannot where the kernel delivers the target on this machine: then the own
/// HAProxy answers, on every node alike, and a master whose machine is off would look alive for ever.
/// </summary>
internal static class GuardTarget
{
    /// <summary>Why a probe of this address is no witness, as a phrase; null: it is one.</summary>
    /// <remarks>
    /// A cluster whose floating IP is a loopback address lives on one machine (`make demo`): all nodes are reached through loopback there, so a
    /// loopback target is judged like any other. No cloud has a floating IP in 127.0.0.0/8.
    /// </remarks>
    public static string? Blindness(IPAddress target, IPAddress floatingIp) =>
        !(IPAddress.IsLoopback(target) && IPAddress.IsLoopback(floatingIp)) && LocalRoute.Leads(target) == true
            ? $"it asks {target}, which is an address of this machine"
            : null;

    /// <summary>The same for a configuration on this machine, as a warning. Loopback has a warning of its own, which every machine gives.</summary>
    public static string? Warning(AgentConfig config)
    {
        if (config.FloatingIp.Guard is not { IsLoopback: false } guard || Resolve(guard.DnsSafeHost) is not { } target)
            return null;
        return !IPAddress.IsLoopback(target) && Blindness(target, config.FloatingIp.Address) is { } why
            ? $"floating_ip.guard counts as off on this machine, because {why}: it would reach the own HAProxy and not the master's"
            : null;
    }

    private static IPAddress? Resolve(string host)
    {
        if (IPAddress.TryParse(host, out var literal))
            return literal;
        try
        {
            var question = Dns.GetHostAddressesAsync(host);
            return question.Wait(TimeSpan.FromSeconds(2)) ? question.Result.FirstOrDefault() : null;
        }
        catch (AggregateException e) when (e.InnerException is SocketException)
        {
            return null;
        }
    }
}
