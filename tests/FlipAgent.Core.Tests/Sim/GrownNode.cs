using System.Collections.Immutable;
using FlipAgent.Sim;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// Nodes with a past, made by living through it: an election in the role that a test wants, reached by the inputs that lead there and not by setting
/// fields. Node n1 of three; n2 is the peer that speaks.
/// </summary>
internal static class GrownNode
{
    internal static readonly TimeSpan Then = TimeSpan.FromSeconds(100);

    internal static ElectionState Start(long holder)
    {
        var plan = new Plan { Nodes = Plan.MakeNodes(150, 140, 130), Exact = true };
        var state = Election.Start(plan.SettingsOf(0), null, 1, Then - TimeSpan.FromSeconds(1));
        Take(state, new Input.CheckChanged(0, true, "up"), -0.9);
        Take(state, new Input.CheckChanged(1, true, "up"), -0.9);
        Take(state, Read(holder, -0.9), -0.8);
        return state;
    }

    /// <summary>Lives through ten seconds in which n2 is master of term 3, or this node itself.</summary>
    internal static ElectionState Grow(long holder, bool fit, double until = 0)
    {
        var plan = new Plan { Nodes = Plan.MakeNodes(150, 140, 130), Exact = true };
        var state = Election.Start(plan.SettingsOf(0), null, 1, Then - TimeSpan.FromSeconds(10));
        Take(state, new Input.CheckChanged(0, true, "up"), -9.9);
        Take(state, new Input.CheckChanged(1, fit, fit ? "up" : "down"), -9.9);
        for (var second = -9.5; second < until; second++)
        {
            Take(state, Read(holder, second - 0.05), second);
            Hear(state, 1, holder == 102 ? Role.Master : Role.Backup, second + 0.1);
            Hear(state, 2, Role.Backup, second + 0.2);
            Take(state, new Input.GuardAnswered(true, "200"), second + 0.3);
            Take(state, new Input.Deadline(), second + 0.4);
        }

        // No probe is left under way.
        Take(state, new Input.GuardAnswered(true, "200"), until - 0.05);
        return state;
    }

    internal static ElectionState Silence(ElectionState state)
    {
        for (var second = -2.4; second < 0; second += 0.4)
        {
            Take(state, Read(102, second - 0.1), second - 0.02);
            Hear(state, 2, Role.Backup, second);
        }

        return state;
    }

    internal static ElectionState Claim(ElectionState state)
    {
        Take(state, Read(null, -0.1), -0.05);
        return state;
    }

    internal static void Take(ElectionState state, Input input, double second) => Election.Step(state, input, Then + TimeSpan.FromSeconds(second), []);

    internal static void Hear(ElectionState state, int peer, Role role, double second) =>
        Take(state, new Input.AdvertHeard(peer, Make(state, role, Math.Max(state.Term, 3), peer)), second);

    private static uint s_sequence;

    internal static Advert Make(ElectionState state, Role role, uint term, int peer = 1) => new()
    {
        Cluster = "sim",
        Node = state.Settings.Nodes[peer].Name,
        Session = 5,
        Sequence = Interlocked.Increment(ref s_sequence),
        Term = term,
        Role = role,
        Priority = 100,
        EffectivePriority = 100,
        Fit = role != Role.Fault,
        ApiReachable = true,
        Master = role == Role.Master ? state.Settings.Nodes[peer].Id : 0,
        MasterTerm = role == Role.Master ? term : 0,
        Peers = [new PeerReport(state.Settings.Self.Id, state.Adverts.Session, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100), Role.Backup, true, true, false, false, 100)],
    };

    internal static Input.AdvertHeard Advert(ElectionState state, Role role, uint more, Release? release = null, bool asks = false) =>
        new(1, Make(state, role, state.Term + more) with { Release = release, WantsToPreempt = asks, AsksByCommand = asks });

    internal static Input.HolderRead Read(long? droplet, double second = 0) =>
        new(Then + TimeSpan.FromSeconds(second), ApiStatus.Ok, droplet, false, true, null, "");

    internal static Input.AssignAnswered Answer(ElectionState state, ApiStatus status, bool accepted) =>
        new(state.Term, Then, status, accepted, false, accepted ? 7 : 0, accepted ? ActionStatus.InProgress : ActionStatus.Unknown, null, "");

    internal static TimeSpan At(double second) => Then + TimeSpan.FromSeconds(second);

    internal static Input.ActionRead ActionIs(ActionStatus status, double second, ApiStatus api = ApiStatus.Ok) =>
        new(At(second), 7, api, status, null, "");

    internal static Input.HolderRead Unread(ApiStatus status, double second, TimeSpan? retryAfter = null) =>
        new(At(second), status, null, false, false, retryAfter, "down");

    /// <summary>A master whose address has left, to nobody: its assign was sent at -0.05 s.</summary>
    internal static ElectionState Moving() => Claim(Grow(holder: 101, fit: true));

    /// <summary>Both peers are heard as backups once a second, and nothing else happens.</summary>
    internal static void HearPeers(ElectionState state, double from, double until)
    {
        for (var second = from; second < until; second++)
        {
            Hear(state, 1, Role.Backup, second);
            Hear(state, 2, Role.Backup, second + 0.01);
        }
    }

    /// <summary>Takes an input; what is to be done for it.</summary>
    internal static List<Effect> Step(ElectionState state, Input input, double second)
    {
        var effects = new List<Effect>();
        Election.Step(state, input, Then + TimeSpan.FromSeconds(second), effects);
        return effects;
    }

    /// <summary>Takes an input; what is announced for it.</summary>
    internal static List<Event> Announced(ElectionState state, Input input, double second) => Told(Step(state, input, second));

    internal static List<Event> Told(List<Effect> effects) => [.. effects.OfType<Effect.Announce>().Select(a => a.Event)];

    internal static ClusterSettings Pair(params ImmutableArray<CheckWeight> checks) => new()
    {
        Cluster = "sim",
        Nodes = [new Node("a", 1, 100), new Node("b", 2, 150)],
        Me = 1,
        Checks = checks,
        ConfigHash = 1,
    };

    internal static ElectionState Alone(params ImmutableArray<CheckWeight> checks) => Election.Start(Pair(checks), null, 1, Then);

    internal static ElectionState Restarted(Remembered remembered, double age = 1) => Election.Start(
        new Plan { Nodes = Plan.MakeNodes(150, 140, 130), Exact = true }.SettingsOf(0), new LastRun(remembered, true, TimeSpan.FromSeconds(age)), 1, Then);
}
