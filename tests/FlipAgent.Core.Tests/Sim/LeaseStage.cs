using System.Collections.Immutable;
using FlipAgent.Sim;
using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>n1 of three, with a lease of 5 s (rule E15): what it asks of the store is kept, whichever step asks, until the test answers.</summary>
internal sealed class LeaseStage
{
    public const long Id = 77;
    public static readonly TimeSpan Ttl = TimeSpan.FromSeconds(5);
    private static readonly Plan s_plan = new() { Nodes = Plan.MakeNodes(150, 140, 130), Exact = true, Ttl = Ttl };

    private LeaseStage(ElectionState state) => State = state;

    public ElectionState State { get; }

    /// <summary>The request that is under way, but a release; null: none.</summary>
    public Effect.AskLease? Asked { get; private set; }

    /// <summary>A run that begins at 0 s, with its checks up and nothing remembered.</summary>
    public static LeaseStage Fresh()
    {
        var stage = new LeaseStage(Election.Start(s_plan.SettingsOf(0), null, 1, At(0)));
        stage.Do(new Input.CheckChanged(0, true, "up"), 0.01);
        stage.Do(new Input.CheckChanged(1, true, "up"), 0.01);
        return stage;
    }

    /// <summary>Lives through ten seconds in which n2 is master and has the lease.</summary>
    public static LeaseStage Backup()
    {
        var stage = new LeaseStage(Election.Start(s_plan.SettingsOf(0), null, 1, At(-10)));
        stage.Live(holder: 102);
        Assert.Equal(Role.Backup, stage.State.Role);
        return stage;
    }

    /// <summary>The same, in which this node is: it renewed its lease at 0 s.</summary>
    public static LeaseStage Master()
    {
        var stage = new LeaseStage(Election.Start(s_plan.SettingsOf(0), null, 1, At(-10)));
        stage.Live(holder: 101);
        Assert.Equal((Role.Master, ClaimState.Held), (stage.State.Role, stage.State.Ip.Claim.State));
        for (var second = -0.05; stage.State.Lease.ValidUntil < At(4.89); second += 0.001)
        {
            stage.Do(new Input.Deadline(), second);
            if (stage.Asked is not null)
                stage.Answer(LeaseStatus.Held, second + 0.0001, sent: 0);
        }
        return stage;
    }

    /// <summary>A backup whose master has not been heard for 4 s; the others are. Reads are answered; the last is under way since 4.45 s at the latest.</summary>
    public static LeaseStage Silent()
    {
        var stage = Backup();
        for (var second = 0.0; second < 4.5; second += 0.4)
        {
            Hear(stage, 2, Role.Backup, second);
            stage.Do(new Input.Deadline(), second + 0.1);
            if (stage.Asked is not null && second < 3.9)
                stage.Answer(LeaseStatus.Other, second + 0.11, holder: "n2");
        }
        for (var second = 4.41; stage.Asked is null; second += 0.001)
            stage.Do(new Input.Deadline(), second);
        return stage;
    }

    /// <summary>A run that began at 0 s, one second after the last one ended as master of term 7 with the lease.</summary>
    public static LeaseStage Restarted()
    {
        var remembered = new Remembered
        { Term = 7, Role = Role.Master, MasterTerm = 7, Session = 5, LeaseId = Id, Verdicts = new Dictionary<string, bool> { ["haproxy"] = true, ["site"] = true }.ToImmutableDictionary() };
        var stage = new LeaseStage(Election.Start(s_plan.SettingsOf(0), new LastRun(remembered, true, TimeSpan.FromSeconds(1)), 1, At(0)));
        stage.Do(new Input.Deadline(), 0.01);
        Assert.Equal(new Effect.AskLease(LeaseRequest.Read, 0, 0), stage.Asked);
        stage.Answer(LeaseStatus.Other, 0.02, holder: "n1");
        return stage;
    }

    /// <summary>Another state, for as long as the test needs nothing of its past.</summary>
    public static LeaseStage Of(ElectionState state) => new(state);

    public List<Effect> Do(Input input, double second)
    {
        var effects = Step(State, input, second);
        foreach (var ask in effects.OfType<Effect.AskLease>().Where(a => a.Request != LeaseRequest.Release))
        {
            Assert.Null(Asked);
            Asked = ask;
        }
        return effects;
    }

    /// <summary>Answers what is under way.</summary>
    /// <param name="sent">Null: a moment before.</param>
    public List<Effect> Answer(LeaseStatus status, double second, string? holder = null, double? sent = null, long id = Id)
    {
        holder = status == LeaseStatus.Other ? holder : null;
        var asked = Asked ?? throw new InvalidOperationException("nothing was asked");
        Asked = null;
        return Do(Said(asked.Request, status, sent ?? second - 0.0001, holder, id), second);
    }

    public static Input.LeaseAnswered Said(LeaseRequest request, LeaseStatus status, double sent, string? holder = null, long id = Id) =>
        new(request, At(sent), status, status == LeaseStatus.Failed ? "no answer" : "")
        {
            LeaseId = status == LeaseStatus.Held ? id : 0,
            Ttl = Ttl,
            Holder = status == LeaseStatus.Held ? "n1" : holder,
            Term = status == LeaseStatus.Held || holder is not null ? 3u : 0,
        };

    public CommandResult Command(Command command, double second) => Do(new Input.Commanded(command), second).OfType<Effect.Reply>().Single().Result;

    /// <summary>An advert of a peer.</summary>
    public List<Effect> Hears(int peer, Role role, double second, bool? store = null, Release? release = null) =>
        Do(new Input.AdvertHeard(peer, Make(State, role, Math.Max(State.Term, 3), peer) with { StoreReachable = store, Release = release }), second);

    private static void Hear(LeaseStage stage, int peer, Role role, double second) => stage.Hears(peer, role, second);

    private void Live(long holder)
    {
        Do(new Input.CheckChanged(0, true, "up"), -9.9);
        Do(new Input.CheckChanged(1, true, "up"), -9.9);
        for (var second = -9.5; second < -0.1; second += 0.25)
        {
            Do(Read(holder, second - 0.05), second);
            Hears(1, holder == 102 ? Role.Master : Role.Backup, second + 0.1);
            Hears(2, Role.Backup, second + 0.11);
            Do(new Input.GuardAnswered(true, "200"), second + 0.12);
            Do(new Input.Deadline(), second + 0.13);
            if (Asked is not null)
                Answer(holder == 102 ? LeaseStatus.Other : Asked.Request == LeaseRequest.Read ? LeaseStatus.Free : LeaseStatus.Held, second + 0.14, "n2");
        }
    }
}
