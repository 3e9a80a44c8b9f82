namespace FlipAgent.Core;

/// <summary>One step under way: the state, the moment, and where the rules put what is to be done.</summary>
internal readonly struct Turn(ElectionState state, TimeSpan now, List<Effect> effects, int address = 0)
{
    public ElectionState State { get; } = state;

    public TimeSpan Now { get; } = now;

    public ClusterSettings Settings => State.Settings;

    public Node Self => State.Settings.Self;

    public TimeSpan Interval => State.Settings.Interval;

    public Standing Standing => State.Standing;

    public Role Role => State.Standing.Role;

    public uint Term => State.Standing.Term;

    public bool IsMaster => State.Standing.IsMaster;

    public Fitness Fitness => State.Fitness;

    public PeerTable Peers => State.Peers;

    /// <summary>Which floating IP the turn is about; 0: the first, by which the roles go.</summary>
    public int Address { get; } = address;

    /// <summary>The address leads; false: it follows the master (rule C12).</summary>
    public bool Leads => Address == 0;

    public FloatingIp Ip => State.Ips[Address];

    public HolderLookup Lookup => Ip.Lookup;

    public Claim Claim => Ip.Claim;

    public Guard Guard => Ip.Guard;

    /// <summary>How the API is for this address. The first one's counts for this node (rules E2, E4).</summary>
    public ApiHealth Api => Leads ? State.Api : Ip.Api;

    /// <summary>The same turn, for another of the floating IPs.</summary>
    public Turn For(int address) => new(State, Now, effects, address);

    public void Do(Effect effect) => effects.Add(effect);

    /// <summary>Gives the event its term and its node; nobody else does.</summary>
    public void Announce(Event e)
    {
        e = e with { Term = Term, Node = Self.Name, Address = Address };
        State.Open.Take(e);
        effects.Add(new Effect.Announce(e));
    }

    public void WakeAt(TimeSpan at) => State.WakeAt(at);

    /// <summary>The name of a node, or <c>nobody</c> for -1.</summary>
    public string NameOf(int node) => node >= 0 ? State.Settings.Nodes[node].Name : "nobody";

    public string NameOf(Holder holder) => Election.NameOf(State.Settings, holder);
}
