using System.Globalization;
using System.Net;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// The vrrp_instance of this node, with what its sync group adds, becomes the whole cluster: its own line, and one for each peer, of which keepalived's file
/// knows the address and nothing else.
/// </summary>
internal sealed class InstanceImport(Draft draft, Statement instance, Globals globals, KeepalivedFiles files, Notes notes)
{
    private readonly InstanceSettings _settings = new();

    /// <param name="ownName">router_id or host name.</param>
    /// <param name="scripts">Of the instance, its sync group and global_defs.</param>
    /// <param name="others">The other members of its sync group, whose addresses move together with its own.</param>
    /// <returns>This node's address; null: it is not known.</returns>
    public IPAddress? Into(string ownName, IEnumerable<Statement> scripts, IReadOnlyList<Statement> others)
    {
        foreach (var s in instance.Block)
            One(s);
        Timing.Interval(draft, instance, globals, notes);
        var (source, peers) = new PeerImport(instance, files, notes).Addresses();
        AddPeers(draft, ownName, source, Ranked(Math.Max(1, peers.Count)), peers);
        if (peers.Count > 0)
            notes.Add(instance, "names, droplet numbers and priorities of the peers are in their own files; priorities in the draft are a guess" + (_settings.IsPreferred ? ": lower than this node's, which starts as MASTER" : ""));
        Timing.Preemption(draft, instance, _settings, notes);
        var nodes = others.Append(instance).SelectMany(PeerImport.Named).Concat(peers).ToHashSet();
        NotifyImport.Into(draft, scripts, a => a.Equals(source) || nodes.Contains(a), files, notes);
        new AddressImport(draft, instance, a => a.Equals(source) || nodes.Contains(a), notes).Into([.. others.Prepend(instance).SelectMany(VirtualAddress.Of)]);
        return source;
    }

    /// <summary>This node and its peers, with FILL IN for what is not known.</summary>
    public static void AddPeers(Draft draft, string ownName, IPAddress? source, Ranking ranking, IReadOnlyList<IPAddress> peers)
    {
        var knowsName = Scalars.Name(ownName, out _) is null;
        var own = new NodeConfig(knowsName ? ownName : "node-1", source ?? IPAddress.Any, 0, ranking.Own);
        draft.Nodes.Add(new DraftNode(own, (knowsName ? "" : "name, ") + (source is null ? "address, " : "") + "droplet_id"));
        if (peers.Count == 0)
            peers = [IPAddress.Any];
        for (var i = 0; i < peers.Count; i++)
        {
            var (name, peer) = ($"node-{i + 2}", peers[i]);
            draft.Nodes.Add(new DraftNode(
                new NodeConfig(name == own.Name ? $"peer-{i + 2}" : name, peer, 0, ranking.Peers[i]),
                "name, " + (peer.Equals(IPAddress.Any) ? "address, " : "") + "droplet_id, priority"));
        }
    }

    private Ranking Ranked(int peers)
    {
        var line = instance.Last("priority");
        var own = Priority(line);
        var ranking = Ranking.Of(own, peers, _settings.IsPreferred);
        if (line is not null && ranking.Own != own)
            notes.Add(line, $"priority {own} became {ranking.Own}, which leaves room for the priorities of the peers {(ranking.Own > own ? "below" : "above")} it");
        return ranking;
    }

    private int Priority(Statement? line)
    {
        if (line is null)
            return Ranking.Default;
        if (Seconds.Whole(line.Argument, 1, 255) is { } priority)
        {
            if (priority == 255)
                notes.Add(line, "priority 255 became 254: there is no owner of the address here");
            _settings.IsOwner = priority == 255;
            return Math.Min(priority, Ranking.Highest);
        }

        notes.Add(line, "priority: no number from 1 to 255, so keepalived takes its default, 100, and so does the draft");
        return Ranking.Default;
    }

    private void One(Statement s)
    {
        switch (s.Keyword)
        {
            case "state":
                State(s);
                break;
            case "virtual_router_id":
                RouterId(s);
                break;
            case "nopreempt":
                _settings.NoPreempt = s;
                break;
            case "preempt":
                _settings.NoPreempt = null;
                break;
            case "preempt_delay":
                _settings.PreemptDelay = s;
                break;
            case "authentication" or "auth_hmac":
                notes.Add(s, $"{s.Keyword}: not imported; FlipAgent signs each advert with a key of its own: flipagentctl keygen");
                // What a } that is missing there has swallowed.
                foreach (var swallowed in s.Block.Where(b => !b.Keyword.StartsWith("auth_", StringComparison.Ordinal) && NotImported.IsKnown(b.Keyword)))
                    NotImported.NoteOutside(swallowed, notes);
                break;
            case "virtual_ipaddress" or "virtual_ipaddress_excluded":
                break; // AddressImport reads them.
            case "priority" or "advert_int" or "unicast_src_ip" or "mcast_src_ip" or "unicast_peer":
                break; // Read where they are used.
            case "track_script" or "track_process":
                break; // CheckImport reads them.
            case "notify" or "notify_master" or "notify_backup" or "notify_fault" or "notify_stop" or "notify_deleted" or "notify_master_rx_lower_pri":
                break; // NotifyImport reads them.
            default:
                NotImported.Note(s, notes);
                break;
        }
    }

    private void State(Statement s)
    {
        if (s.Argument is not ("MASTER" or "BACKUP"))
            notes.Add(s, $"state: keepalived knows MASTER and BACKUP only, and takes {Echo.Mask(s.Argument ?? "nothing")} for BACKUP");
        _settings.StartsAsMaster |= s.Argument == "MASTER";
    }

    private void RouterId(Statement s)
    {
        if (Seconds.Whole(s.Argument, 1, 255) is { } id)
            draft.Cluster = string.Create(CultureInfo.InvariantCulture, $"vrrp-{id}");
        else
            notes.Add(s, "virtual_router_id: no number from 1 to 255; keepalived refuses it, and the cluster in the draft has a name that means nothing");
    }
}

/// <summary>What the lines of a vrrp_instance said, as far as one depends on another.</summary>
internal sealed class InstanceSettings
{
    public bool StartsAsMaster { get; set; }

    /// <summary>Of the address, in VRRP's words (priority 255): it starts as master whatever its state says.</summary>
    public bool IsOwner { get; set; }

    public Statement? NoPreempt { get; set; }

    public Statement? PreemptDelay { get; set; }

    public bool IsPreferred => StartsAsMaster || IsOwner;
}
