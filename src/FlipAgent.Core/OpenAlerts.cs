using System.Collections.Immutable;
using System.Globalization;

namespace FlipAgent.Core;

/// <summary>
/// What people were alerted to and have not heard the end of, in this run or in those before it (<see cref="Closure"/>): whoever told of something tells that it is over, also
/// when its agent was restarted in between. A rule that sees that something is well asks here whether anybody waits to hear so. Always true: one entry for one thing.
/// </summary>
internal sealed class OpenAlerts
{
    /// <summary>Many times what one node can be in trouble with.</summary>
    private const int Most = 64;

    private readonly List<Event> _open = [];

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    /// <summary>An event is told.</summary>
    internal void Take(Event e)
    {
        if (_open.RemoveAll(open => Closure.Ends(e, open)) > 0)
            Revision++;
        if (!Closure.Begins(e) || _open.Count >= Most || Has(e.Kind, e.Peer ?? e.Subject, e.Address))
            return;
        _open.Add(e);
        Revision++;
    }

    /// <summary>People wait to hear that this is over.</summary>
    /// <param name="about">The peer, or what else it is about by its name; null: nothing by name.</param>
    internal bool Has(EventKind kind, string? about = null, int address = 0)
    {
        foreach (var open in _open)
            if (open.Kind == kind && (open.Peer ?? open.Subject) == about && open.Address == address)
                return true;
        return false;
    }

    /// <summary>The same, whatever it is about.</summary>
    internal bool HasAny(EventKind kind)
    {
        foreach (var open in _open)
            if (open.Kind == kind)
                return true;
        return false;
    }

    /// <summary>People wait to hear that this peer is heard again, and believed.</summary>
    internal bool HasOfPeer(string peer) => Has(EventKind.PeerSilent, peer) || Has(EventKind.HoldExpired, peer) || Has(EventKind.ServiceAliveMasterSilent, peer) || Has(EventKind.PeerRejected, peer);

    /// <summary>People wait to hear that the master holds this address.</summary>
    internal bool HasOfClaim(int address)
    {
        foreach (var open in _open)
            if (open.Address == address && Closure.IsOfClaim(open.Kind))
                return true;
        return false;
    }

    /// <summary>People were told that the API fails for this node, and a lookup that works is the end of it: a token that may not write is none.</summary>
    internal bool HasOfApi(bool writes)
    {
        foreach (var open in _open)
            if (open.Address == 0 && (open.Kind is EventKind.ApiFailing or EventKind.AddressNotFound || (open.Kind == EventKind.TokenRefused && (writes || open.Api != ApiStatus.Forbidden))))
                return true;
        return false;
    }

    /// <summary>The unit of which people were told that it could not be stopped; null: none.</summary>
    internal string? StopFailed
    {
        get
        {
            foreach (var open in _open)
                if (open is { Kind: EventKind.UnitFailed, Cause: Cause.StopFailed })
                    return open.Subject;
            return null;
        }
    }

    /// <summary>Another configuration has the addresses in another order, or others: what is about one goes with it.</summary>
    internal void Renumber(ImmutableArray<uint> before, ImmutableArray<uint> after)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (!Closure.IsOfAddress(_open[i].Kind))
                continue;
            if (_open[i].Address < before.Length && after.IndexOf(before[_open[i].Address]) is var now and >= 0)
                _open[i] = _open[i] with { Address = now };
            else
                _open.RemoveAt(i);
            Revision++;
        }
    }

    /// <summary>For the next run: the number of the kind, the id of the address, and what it is about; an @ for a peer, and 403 for a token that lacks a permission.</summary>
    internal ImmutableDictionary<string, bool> Remember(ClusterSettings settings)
    {
        var told = ImmutableDictionary.CreateBuilder<string, bool>();
        foreach (var open in _open)
            if (open.Address < settings.AddressIds.Length)
                told[string.Create(CultureInfo.InvariantCulture,
                    $"{(int)open.Kind} {settings.AddressIds[open.Address]} {(open.Peer is { } peer ? $"@{peer}" : open.Api == ApiStatus.Forbidden ? "403" : open.Subject)}")] = true;
        return told.ToImmutable();
    }

    /// <summary>What cannot be read, or is about a node or an address that is not configured any more, is left out.</summary>
    internal void Recall(IReadOnlyDictionary<string, bool> told, ClusterSettings settings)
    {
        foreach (var (text, _) in told)
        {
            if (_open.Count >= Most)
                return;
            if (text.Split(' ', 3) is [var number, var id, var about] && int.TryParse(number, CultureInfo.InvariantCulture, out var kind)
                && uint.TryParse(id, CultureInfo.InvariantCulture, out var address))
            {
                var index = Closure.IsOfAddress((EventKind)kind) ? settings.IndexOfAddress(address) : 0;
                if (index >= 0)
                    Recall((EventKind)kind, index, about, settings);
            }
        }
    }

    private void Recall(EventKind kind, int address, string about, ClusterSettings settings)
    {
        var peer = about.StartsWith('@') ? about[1..] : null;
        var forbidden = kind == EventKind.TokenRefused && about == "403";
        var e = new Event(kind, Severity.Critical)
        {
            Address = address,
            Peer = peer,
            Subject = peer is null && about.Length > 0 && !forbidden ? about : null,
            Api = forbidden ? ApiStatus.Forbidden : null,
        };
        if (Closure.Begins(e) && (peer is null || settings.IndexOfName(peer) >= 0))
            _open.Add(e);
    }
}
