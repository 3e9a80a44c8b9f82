using System.Collections.Immutable;

namespace FlipAgent.Core;

/// <summary>
/// All that one node knows of the election, in one place and owned by one thread: an owner for each kind of knowledge, which alone changes it. Role (what the nodes
/// agree on) and holder (what the cloud says) are separate facts with separate ages; the rules exist to make the second follow the first.
/// </summary>
public sealed class ElectionState
{
    private int _reloads;
    private Revisions? _saved;

    internal ElectionState(ClusterSettings settings, Remembered remembered, ulong session, TimeSpan now)
    {
        Settings = settings;
        Standing = new Standing(remembered.Term, now);
        Lifecycle = new Lifecycle(session, now);
        Adverts = new AdvertSchedule(Math.Max(session, remembered.Session + 1), now);
        Peers = new PeerTable(settings, now);
        Fitness = new Fitness(settings);
        Lease = new Lease();
        Chance = new Chance((Adverts.Session * 0x9E3779B97F4A7C15) ^ settings.Self.Id);
        NextDeadline = now;
        Ips = [.. settings.AddressIds.Select(_ => new FloatingIp())];
    }

    /// <summary>The configuration as of the last reload.</summary>
    public ClusterSettings Settings { get; private set; }

    /// <summary>Role and term of this node.</summary>
    public Standing Standing { get; }

    /// <summary>This node's role.</summary>
    public Role Role => Standing.Role;

    /// <summary>The highest term known; a master's own.</summary>
    public uint Term => Standing.Term;

    /// <summary>Start, resume, stop of this run.</summary>
    public Lifecycle Lifecycle { get; }

    /// <summary>Trusting nothing after a stall.</summary>
    public Quarantine Quarantine { get; } = new();

    /// <summary>May this node serve.</summary>
    public Fitness Fitness { get; }

    /// <summary>Which droplet this machine is.</summary>
    public Identity Identity { get; } = new();

    /// <summary>Ranking last after repeated failures.</summary>
    public HoldDown HoldDown { get; } = new();

    /// <summary>Ranking last after the floating IP came here in vain.</summary>
    public Demotion Demotion { get; } = new();

    /// <summary>Taken out of service by a person.</summary>
    public Maintenance Maintenance { get; } = new();

    internal StandbyUnit Unit { get; } = new();

    /// <summary>The other nodes, as heard.</summary>
    public PeerTable Peers { get; }

    /// <summary>Who gave up the mastership last.</summary>
    public ReleaseRecord Releases { get; } = new();

    internal SilenceWatch Silence { get; } = new();

    /// <summary>The search for a sign of life of the master.</summary>
    public Inquiry Inquiry { get; } = new();

    internal Preemption Preemption { get; } = new();

    /// <summary>How the cloud API is.</summary>
    public ApiHealth Api { get; } = new();

    /// <summary>How much may still be asked of it.</summary>
    public RequestQuota Quota { get; } = new();

    /// <summary>The lease that a master needs, where there is one (rule E15).</summary>
    public Lease Lease { get; private set; }

    internal StandbyWatch Standby { get; } = new();

    /// <summary>What people wait to hear the end of.</summary>
    internal OpenAlerts Open { get; } = new();

    /// <summary>All that belongs to the first floating IP, by which the roles go.</summary>
    public FloatingIp Ip => Ips[0];

    /// <summary>The floating IPs in the order of the settings; all but the first follow the master (rule C12).</summary>
    public ImmutableArray<FloatingIp> Ips { get; private set; }

    /// <summary>When this node speaks, and as which session.</summary>
    public AdvertSchedule Adverts { get; }

    /// <summary>When the next <see cref="Input.Deadline"/> is due; worked out anew in each step, so there is no timer to cancel.</summary>
    public TimeSpan NextDeadline { get; private set; }

    /// <summary>Adverts that were authentic and did not count all the same, by <see cref="Rejection"/>; they only grow.</summary>
    public long[] Dropped { get; } = new long[Enum.GetValues<Rejection>().Length];

    internal Chance Chance { get; }

    /// <summary>What a command that came in with this step waits for: an answer of the rules. Null: none came.</summary>
    internal Command? Command { get; private set; }

    /// <returns>True when another address leads.</returns>
    internal bool Apply(ClusterSettings settings, TimeSpan now)
    {
        Peers.Apply(settings);
        Fitness.Apply(settings);
        var (before, former, lease) = (Settings.AddressIds, Ip, Settings.Lease);
        Settings = settings;
        ApplyAddresses(before, now);
        foreach (var ip in Ips)
            ip.Lookup.Tell(this);
        Identity.Reload();
        ApplyLease(lease, now);
        _reloads++;
        return Ip != former;
    }

    /// <summary>Each address is what it was, by its id, wherever it stands now. One that is new has a claim from the beginning where this node is master.</summary>
    private void ApplyAddresses(ImmutableArray<uint> before, TimeSpan now)
    {
        if (before.AsSpan().SequenceEqual(Settings.AddressIds.AsSpan()))
            return;
        Open.Renumber(before, Settings.AddressIds);
        var (former, lead) = (Ips, Ip);
        Ips = [.. Settings.AddressIds.Select(id => before.IndexOf(id) is var known and >= 0 ? former[known] : new FloatingIp())];
        if (Ip != lead)
            Ip.LeadInsteadOf(lead);
        foreach (var ip in Ips)
            if (Standing.IsMaster && ip.Claim.State == ClaimState.None)
                ip.Claim.Begin(assignFirst: false, planned: false, overrides: false, takenBack: false, "unknown", lead.Claim.MoveCause, TimeSpan.Zero, now);
    }

    /// <summary>A master that is told of a lease for the first time has as long as one lasts to get it; the promise of rule E15 begins when all nodes have it.</summary>
    private void ApplyLease(LeaseTerms? before, TimeSpan now)
    {
        if (Settings.Lease is not { } terms)
            Lease = new Lease();
        else if (before is null || before.Store != terms.Store)
            Lease.Reload(before is null && Standing.IsMaster ? now + terms.Ttl : Moment.Never, now);
    }

    internal void Ask(Command command) => Command = command;

    internal void CommandAnswered() => Command = null;

    internal void ClearDeadline() => NextDeadline = Moment.Forever;

    /// <summary>Asks for a step at <paramref name="at"/>, or at the earlier moment that some rule asked for already.</summary>
    internal void WakeAt(TimeSpan at) => NextDeadline = Moment.Min(NextDeadline, at);

    /// <summary>A deadline that is not ahead would make the loop spin.</summary>
    internal void CloseDeadline(TimeSpan now) => NextDeadline = Moment.Max(NextDeadline, now + TimeSpan.FromMilliseconds(1));

    /// <summary>True once after something changed that the next run should know of.</summary>
    internal bool TakeUnsaved()
    {
        var revisions = new Revisions(Standing.Revision, Lifecycle.Revision, Fitness.Revision, Maintenance.Revision, Peers.Revision, ClaimRevision(),
            Ip.Supersession.Revision, Adverts.Revision, Identity.Revision, Lease.Revision, Open.Revision, _reloads);
        var unsaved = revisions != _saved;
        _saved = revisions;
        return unsaved;
    }

    private int ClaimRevision()
    {
        var sum = 0;
        foreach (var ip in Ips)
            sum += ip.Claim.Revision;
        return sum;
    }

    /// <summary>How often each owner has changed what the next run should know of.</summary>
    private readonly record struct Revisions(
        int Standing, int Lifecycle, int Fitness, int Maintenance, int Peers, int Claim, int Supersession, int Adverts, int Identity, int Lease, int Open, int Reloads);
}
