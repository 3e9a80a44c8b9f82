using System.Text.Json;
using FlipAgent.Core;

namespace FlipAgent.Lease;

/// <summary>What one request of the core came to at one member.</summary>
/// <param name="Detail">For people; empty when nothing failed.</param>
internal sealed record LeaseFinding(LeaseStatus Status, string Detail)
{
    public long LeaseId { get; init; }

    /// <summary>With <see cref="LeaseStatus.Held"/>: when the request was sent from which the time runs.</summary>
    public TimeSpan SentAt { get; init; }

    public TimeSpan Ttl { get; init; }

    public string? Holder { get; init; }

    public uint Term { get; init; }

    /// <summary>Another member may know better.</summary>
    public bool Elsewhere { get; init; }

    public static LeaseFinding Free { get; } = new(LeaseStatus.Free, "");

    /// <summary>A reply that is not what was asked for.</summary>
    public static LeaseFinding Of<T>(EtcdReply<T> reply)
        where T : class => reply.Result switch
        {
            EtcdResult.Unclear => new(LeaseStatus.Failed, reply.Detail) { Elsewhere = true },
            EtcdResult.NoInterface => new(LeaseStatus.Refused, reply.Detail) { Elsewhere = true },
            EtcdResult.NoSpace => new(LeaseStatus.Refused, ReadOnly),
            EtcdResult.Token or EtcdResult.Password or EtcdResult.Forbidden => new(LeaseStatus.Refused, reply.Detail),
            _ => new(LeaseStatus.Failed, reply.Detail.Length > 0 ? reply.Detail : "answers, but not to what was asked"),
        };

    /// <summary>What is said of a store that takes no write.</summary>
    public const string ReadOnly = "is read-only (NOSPACE), so nobody can take the lease; compact and defragment etcd, then etcdctl alarm disarm (docs/lease.md)";
}

/// <summary>The key of this cluster, and what may stand in it.</summary>
/// <param name="Name">Its name in the store.</param>
/// <param name="Me">Name of this node.</param>
internal sealed record LeaseKey(string Name, string Cluster, string Me, IReadOnlyCollection<string> Nodes)
{
    /// <summary>What this node writes.</summary>
    public LeaseValue Mine(uint term) => new(Cluster, Me, term, DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The value of a key that is there; null: none of ours.</summary>
    public LeaseValue? Read(EtcdKey key)
    {
        try
        {
            return JsonSerializer.Deserialize(key.Value, EtcdJson.Default.LeaseValue) is { Cluster: var cluster, Node: { } node } value && cluster == Cluster && Nodes.Contains(node) ? value : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Who has it, of a key that this run of this node does not hold.</summary>
    public LeaseFinding Look(EtcdKey? key)
    {
        if (key is null)
            return LeaseFinding.Free;
        if (key.Lease == 0)
            return new(LeaseStatus.Refused, $"has a key {Name} that never runs out, for it hangs on no lease: somebody wrote it by hand; etcdctl del {Name} frees it");
        return Read(key) is { } value
            ? new(LeaseStatus.Other, "") { Holder = value.Node, Term = value.Term }
            : new(LeaseStatus.Refused, $"has something in {Name} that no node of this cluster wrote: do two clusters have one name and one prefix?");
    }
}
