namespace FlipAgent.Core;

/// <summary>
/// Rule S2: a machine is the droplet that its metadata service says, whatever the file has. The holder of the floating IP is identified by the proven ids, and the address
/// is assigned to them; a node that is proven to be a droplet that the file does not have is not fit, for all that it could do is to send the address elsewhere.
/// </summary>
internal static class IdentityRules
{
    /// <summary>How this machine compares with the file.</summary>
    public static IdentityState Of(ElectionState s)
    {
        var proven = s.Identity.Proven;
        if (proven == 0)
            return IdentityState.Unproven;
        if (SharedWith(s, s.Settings.Me) >= 0)
            return IdentityState.Shared;
        var node = s.Settings.IndexOfDroplet(proven);
        return node == s.Settings.Me ? IdentityState.Right : node >= 0 ? IdentityState.Swapped : s.Identity.ProvenNow ? IdentityState.Unknown : IdentityState.Unproven;
    }

    /// <summary>
    /// The droplet that a node is: proven, or else what the file says. Where another node has proven to be that one, the two were exchanged, or several in a ring.
    /// </summary>
    public static long DropletOf(ElectionState s, int node)
    {
        var file = s.Settings.Nodes[node].DropletId;
        if (!Counts(s))
            return file;
        if (ProofOf(s, node) is var proven and not 0)
            return proven;
        // The loop ends: no two nodes count as one droplet, so it visits none twice.
        for (var owner = ProvenIndexOf(s, file); owner >= 0; owner = ProvenIndexOf(s, file))
            file = s.Settings.Nodes[owner].DropletId;
        return file;
    }

    /// <summary>
    /// The node that is this droplet, or -1. An id in the file that no node turns out to be still stands for its node, even if that node is proven to be a droplet
    /// that the file does not have: a person, or this cluster, meant it. If its node is proven to be another droplet of the file, the id stands for the node whose own
    /// droplet the file does not have: that node is not fit, so the address is taken from there.
    /// </summary>
    public static int NodeOf(ElectionState s, long droplet)
    {
        for (var i = 0; i < s.Settings.Nodes.Length; i++)
            if (DropletOf(s, i) == droplet)
                return i;
        var node = s.Settings.IndexOfDroplet(droplet);
        for (var i = 0; node >= 0 && !IsOfNoId(s, node) && i < s.Settings.Nodes.Length; i++)
            if (IsOfNoId(s, i))
                return i;
        return node;
    }

    private static bool IsOfNoId(ElectionState s, int node) => s.Settings.IndexOfDroplet(DropletOf(s, node)) < 0;

    /// <summary>A holder as this node tells it, by the droplet when there is one.</summary>
    public static Holder HolderIn(ElectionState s, Holder holder)
    {
        if (holder.Kind is not (HolderKind.Node or HolderKind.Foreign))
            return holder;
        var node = holder.DropletId != 0 ? NodeOf(s, holder.DropletId) : s.Settings.IndexOf(holder.NodeId);
        return node >= 0 ? new Holder(HolderKind.Node, s.Settings.Nodes[node].Id, holder.DropletId) : new Holder(HolderKind.Foreign, 0, holder.DropletId);
    }

    /// <summary>A node is another droplet than the file says, so what other nodes say of the holder is read by its droplet.</summary>
    public static bool Displaced(ElectionState s)
    {
        if (!Counts(s))
            return false;
        for (var i = 0; i < s.Settings.Nodes.Length; i++)
            if (DropletOf(s, i) != s.Settings.Nodes[i].DropletId)
                return true;
        return false;
    }

    /// <summary>
    /// The metadata service said this. A machine that was proven to be the droplet of the file does not become another one: a service that says so is wrong, or lies.
    /// </summary>
    /// <param name="droplet">Above 0.</param>
    public static void Take(in Turn t, long droplet)
    {
        if (droplet == t.State.Identity.Proven || Of(t.State) != IdentityState.Right)
            t.State.Identity.Take(droplet, t.Now);
    }

    /// <summary>Somebody proved something: the holder is told anew.</summary>
    public static void Apply(in Turn t)
    {
        var nodes = t.Settings.Nodes;
        Span<long> droplets = stackalloc long[nodes.Length];
        Span<long> file = stackalloc long[nodes.Length];
        for (var i = 0; i < nodes.Length; i++)
            (droplets[i], file[i]) = (DropletOf(t.State, i), nodes[i].DropletId);
        if (t.State.Identity.TellBy(droplets, file))
        {
            foreach (var ip in t.State.Ips)
            {
                ip.Lookup.Tell(t.State);
                ip.Lookup.Want();
            }
        }
        Announce(t);
    }

    /// <summary>Why this node must not get the address; null: nothing that was proven speaks against it.</summary>
    public static Cause.OfRelease? Unfit(in Turn t) =>
        Of(t.State) == IdentityState.Unknown && !Serves(t) ? new Cause.WrongDroplet(t.Self.DropletId, t.State.Identity.Proven) : null;

    /// <summary>A master that the API shows as the holder goes on, unless the address is seen to be elsewhere: the metadata service does not show it here, and nobody is served.</summary>
    private static bool Serves(in Turn t) =>
        t.IsMaster && t.Lookup.OwnIs(t.Self)
        && (t.Lookup.Own.DropletId == t.State.Identity.Proven || t.Ip.Metadata.Says != Witness.NotHere || ServiceRules.Judge(t.State, t.Now).Verdict == ServiceVerdict.Answers);

    private static void Announce(in Turn t)
    {
        var (identity, state) = (t.State.Identity, Of(t.State));
        // The last run told that another node has the droplet too: nobody knows until that one has said what it has.
        if (state == identity.Announced || (state == IdentityState.Right && t.State.Open.HasAny(EventKind.DropletShared) && !HasHeardAll(t.State)))
            return;
        var before = identity.Announced;
        identity.Announce(state);
        var (proven, file) = (identity.Proven, t.Self.DropletId);
        switch (state)
        {
            case IdentityState.Unproven:
                break;
            case IdentityState.Right when before == IdentityState.Unproven && !IsToldWrong(t.State.Open):
                break;
            case IdentityState.Right:
                t.Announce(new Event(EventKind.DropletRight, Severity.Info) { DropletId = proven, Alert = true });
                break;
            case IdentityState.Swapped:
                t.Announce(new Event(EventKind.DropletSwapped, Severity.Critical) { DropletId = proven, FileDropletId = file, Peer = t.NameOf(t.Settings.IndexOfDroplet(proven)) });
                break;
            case IdentityState.Unknown:
                t.Announce(new Event(EventKind.DropletUnknown, Severity.Critical) { DropletId = proven, FileDropletId = file });
                break;
            case IdentityState.Shared:
                t.Announce(new Event(EventKind.DropletShared, Severity.Critical) { DropletId = proven, Peer = t.NameOf(SharedWith(t.State, t.Settings.Me)) });
                break;
            default:
                throw new InvalidOperationException($"state {state}");
        }
    }

    private static bool HasHeardAll(ElectionState s)
    {
        for (var i = 0; i < s.Peers.Count; i++)
            if (i != s.Settings.Me && s.Peers[i].Advert is null)
                return false;
        return true;
    }

    private static bool IsToldWrong(OpenAlerts open) =>
        open.HasAny(EventKind.DropletUnknown) || open.HasAny(EventKind.DropletSwapped) || open.HasAny(EventKind.DropletShared);

    /// <summary>
    /// Do proven ids count: somebody has proven one, and no peer is of a version that does not know of them. Such a peer identifies the holder by the file; the nodes would
    /// disagree on who it is, so all go by the file.
    /// </summary>
    private static bool Counts(ElectionState s)
    {
        var any = s.Identity.Proven != 0;
        for (var i = 0; i < s.Peers.Count; i++)
        {
            if (i == s.Settings.Me || s.Peers[i].Advert is not { } advert)
                continue;
            if (advert.Identity is not { } proven)
                return false;
            any |= proven != 0;
        }
        return any;
    }

    private static long SaidBy(ElectionState s, int node) => node == s.Settings.Me ? s.Identity.Proven : s.Peers[node].Advert?.Identity ?? 0;

    /// <summary>What a node has proven to be; 0: nothing that counts.</summary>
    private static long ProofOf(ElectionState s, int node) => SharedWith(s, node) >= 0 ? 0 : SaidBy(s, node);

    private static int SharedWith(ElectionState s, int node)
    {
        var said = SaidBy(s, node);
        for (var i = 0; said != 0 && i < s.Settings.Nodes.Length; i++)
            if (i != node && SaidBy(s, i) == said)
                return i;
        return -1;
    }

    private static int ProvenIndexOf(ElectionState s, long droplet)
    {
        for (var i = 0; droplet != 0 && i < s.Settings.Nodes.Length; i++)
            if (ProofOf(s, i) == droplet)
                return i;
        return -1;
    }
}
