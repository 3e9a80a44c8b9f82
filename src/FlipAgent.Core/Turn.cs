namespace FlipAgent.Core;

/// <summary>One step under way: the state, the moment, and where the rules put what is to be done.</summary>
internal readonly struct Turn(ElectionState state, TimeSpan now, List<Effect> effects)
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

    public FloatingIp Ip => State.Ip;

    public HolderLookup Lookup => State.Ip.Lookup;

    public Claim Claim => State.Ip.Claim;

    public Guard Guard => State.Ip.Guard;

    public void Do(Effect effect) => effects.Add(effect);

    /// <summary>Gives the event its term and its node; nobody else does.</summary>
    public void Announce(Event e) => effects.Add(new Effect.Announce(e with { Term = Term, Node = Self.Name }));

    public void WakeAt(TimeSpan at) => State.WakeAt(at);

    /// <summary>The name of a node, or <c>nobody</c> for -1.</summary>
    public string NameOf(int node) => node >= 0 ? State.Settings.Nodes[node].Name : "nobody";

    public string NameOf(Holder holder) => Election.NameOf(State.Settings, holder);
}
