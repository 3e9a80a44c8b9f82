using System.Globalization;
using System.Net;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// The vrrp_instance of this node becomes the whole cluster: its own line, and one for each peer, of which keepalived's file knows the address
/// and nothing else.
/// </summary>
internal static class InstanceImport
{
    private const int DefaultPriority = 100;
    private const string NoInterface = "FlipAgent moves one floating IP of the cloud, and sets up no address on an interface";

    /// <param name="ownName">router_id or host name.</param>
    public static void Into(Draft draft, Statement instance, string ownName, KeepalivedFiles files, Notes notes)
    {
        var settings = new Settings();
        foreach (var s in instance.Block)
            One(draft, s, settings, notes);
        AddPeers(draft, ownName, settings.Source, settings.Priority, settings.Peers);
        if (settings.Source is null)
            notes.Add(instance, "there is no unicast_src_ip; fill in the private address of this node");
        if (settings.Peers.Count == 0)
            notes.Add(instance, "there is no unicast_peer, so adverts went by multicast; fill in the other node");
        else
            notes.Add(instance, "names, droplet numbers and priorities of the peers are in their own files; priorities in the draft are a guess");
        Preemption(draft, instance, settings, notes);
        foreach (var s in settings.Notify)
            Notify(draft, s, settings, files, notes);
        Addresses(draft, settings, notes);
    }

    /// <summary>This node and its peers, with FILL IN for what is not known.</summary>
    public static void AddPeers(Draft draft, string ownName, IPAddress? source, int priority, List<IPAddress> peers)
    {
        var knowsName = Scalars.Name(ownName, out _) is null;
        var own = new NodeConfig(knowsName ? ownName : "node-1", source ?? IPAddress.Any, 0, Math.Clamp(priority, 1, 254));
        draft.Nodes.Add(new DraftNode(own, (knowsName ? "" : "name, ") + (source is null ? "address, " : "") + "droplet_id"));
        if (peers.Count == 0)
            peers = [IPAddress.Any];
        var number = 2;
        foreach (var peer in peers)
        {
            // Which of the two is preferred shows in its own priority; the usual pair is 150 and 100, or 101 and 100.
            var guess = own.Priority > DefaultPriority ? Math.Max(1, DefaultPriority - (number - 2)) : Math.Min(254, 150 - (number - 2));
            var name = $"node-{number++}";
            draft.Nodes.Add(new DraftNode(
                new NodeConfig(name, peer, 0, guess), "name, " + (peer.Equals(IPAddress.Any) ? "address, " : "") + "droplet_id, priority"));
        }
    }

    private static void One(Draft draft, Statement s, Settings settings, Notes notes)
    {
        switch (s.Keyword)
        {
            case "state":
                settings.StartsAsMaster = s.Argument == "MASTER";
                break;
            case "priority" when int.TryParse(s.Argument, NumberStyles.None, CultureInfo.InvariantCulture, out var priority):
                settings.Priority = priority;
                if (priority is 0 or > 254)
                    notes.Add(s, $"priority {priority} became {Math.Clamp(priority, 1, 254)}: there is no owner of the address here");
                break;
            case "virtual_router_id" when s.Argument is { Length: > 0 and < 4 } id && id.All(char.IsAsciiDigit):
                draft.Cluster = $"vrrp-{id}";
                break;
            case "advert_int" when Seconds.Parse(s.Argument, 0.01, 40) is { } interval:
                draft.Interval = interval;
                break;
            case "nopreempt":
                settings.NoPreempt = s;
                break;
            case "preempt":
                settings.NoPreempt = null;
                break;
            case "preempt_delay" when Seconds.Parse(s.Argument, 0, 3600) is { } delay:
                settings.PreemptDelay = delay;
                break;
            case "unicast_src_ip" when Address(s.Argument) is { } source:
                settings.Source = source;
                break;
            case "unicast_peer":
                foreach (var peer in s.Block)
                    Peer(peer, settings, notes);
                break;
            case "authentication" or "auth_hmac":
                notes.Add(s, $"{s.Keyword}: not imported; FlipAgent signs each advert with a key of its own: flipagentctl keygen");
                break;
            case "notify_master" or "notify_backup" or "notify_fault" or "notify_stop" or "notify" or "notify_master_rx_lower_pri":
                settings.Notify.Add(s);
                break;
            case "virtual_ipaddress":
                settings.Addresses.AddRange(s.Block);
                break;
            case "track_script" or "track_process":
                break; // CheckImport reads them.
            default:
                NotImported.Note(s, notes);
                break;
        }
    }

    private static void Peer(Statement peer, Settings settings, Notes notes)
    {
        if (Address(peer.Keyword) is { } address)
            settings.Peers.Add(address);
        else
            notes.Add(peer, "unicast_peer: no IP address; fill it in");
    }

    private static void Preemption(Draft draft, Statement instance, Settings settings, Notes notes)
    {
        if (settings.NoPreempt is { } no && settings.StartsAsMaster)
            notes.Add(no, "nopreempt: keepalived ignores it beside state MASTER; the draft takes it at its word");
        if (settings.NoPreempt is not null)
        {
            if (settings.PreemptDelay is not null)
                notes.Add(settings.NoPreempt, "preempt_delay: left out, it has no effect beside nopreempt");
            return;
        }

        draft.Preempt = true;
        draft.PreemptDelay = settings.PreemptDelay;
        notes.Add(instance, "preempt: true, as keepalived has it by default; without it a recovered node moves nothing, " +
            "which spares the clients a second move");
    }

    private static void Notify(Draft draft, Statement s, Settings settings, KeepalivedFiles files, Notes notes)
    {
        var program = s.Argument?.Split(' ')[0];
        var text = s.Rest + "\n" + (program is null ? "" : files.Read(program));
        var seen = NotifyScript.Look(text, a => a.Equals(settings.Source) || settings.Peers.Contains(a));
        var command = Echo.Mask(program ?? "");
        if (seen.TellsSlack)
        {
            draft.Slack = true;
            notes.Add(s, $"{command} tells Slack; put the URL of its webhook into /etc/flipagent/slack-webhook");
        }

        if (seen.HasToken)
            notes.Add(s, $"a token stands in {command}; make a new one for /etc/flipagent/do-token and revoke the old one");
        if (seen.Provider is null || s.Keyword != "notify_master")
        {
            if (!seen.TellsSlack || seen.Provider is not null)
                NotImported.Note(s, notes);
            return;
        }

        draft.Provider = seen.Provider;
        draft.FloatingIp ??= seen.FloatingIp;
        notes.Add(s, $"notify_master {command} moves a floating IP at {seen.Provider}; became floating_ip" +
            (seen.FloatingIp is null ? ", but which address it moves could not be seen: look at floating_ip.address" : ""));
    }

    private static void Addresses(Draft draft, Settings settings, Notes notes)
    {
        foreach (var s in settings.Addresses)
        {
            var address = Address(s.Keyword.Split('/')[0]);
            if (address is not null && draft.FloatingIp is null && settings.Addresses.Count == 1 && !address.Equals(IPAddress.Any))
            {
                draft.FloatingIp = address;
                notes.Add(s, $"virtual_ipaddress {address} became floating_ip.address: {NoInterface}");
            }
            else if (address is null || !address.Equals(draft.FloatingIp))
                notes.Add(s, $"virtual_ipaddress {Echo.Mask(s.Keyword)}: not imported; {NoInterface}");
        }
    }

    private static IPAddress? Address(string? text) => text is not null && Scalars.Address(text, out var address) is null ? address : null;

    private sealed class Settings
    {
        public bool StartsAsMaster { get; set; }

        public int Priority { get; set; } = DefaultPriority;

        public Statement? NoPreempt { get; set; }

        public TimeSpan? PreemptDelay { get; set; }

        public IPAddress? Source { get; set; }

        public List<IPAddress> Peers { get; } = [];

        public List<Statement> Notify { get; } = [];

        public List<Statement> Addresses { get; } = [];
    }
}
