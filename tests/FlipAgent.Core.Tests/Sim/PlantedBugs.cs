namespace FlipAgent.Core.Tests.Sim;

/// <summary>One change of the source text.</summary>
/// <param name="File">Name of a file of <c>src/FlipAgent.Core</c>.</param>
/// <param name="Original">Occurs exactly once in that file.</param>
internal sealed record Edit(string File, string Original, string Replacement);

/// <summary>A rule of the election, broken in its source: the agent that is built for users has no switch for this.</summary>
/// <param name="Name">What the test is called: <c>--filter "DisplayName~NAME"</c>.</param>
/// <param name="Breaks">What the agent does, or no longer does.</param>
internal sealed record PlantedBug(string Name, string Breaks, params Edit[] Edits)
{
    /// <summary>The first seed that is played: a bug that shows in few lives is looked for where one of them is.</summary>
    public ulong From { get; init; }
}

internal static class PlantedBugs
{
    /// <summary>
    /// The table of docs/simulator.md. When a change of the core takes the text away that a bug is anchored at, the test says so: look for where the rule
    /// is now, and anchor it there. The originals are short, so that little else can take them away.
    /// </summary>
    public static readonly PlantedBug[] All =
    [
        new("ignores-holder-once-held", "looks no more where the floating IP is once it holds it",
            new Edit("CloudAnswers.cs", "JudgeArrival(t, before, holder, read.SentAt);", "if (t.Claim.IsHeld) return; JudgeArrival(t, before, holder, read.SentAt);"),
            new Edit("Election.cs", "SuccessionRules.Follow(t) || ", "")),

        new("asks-guard-whoever-holds", "asks the guard even when the holder is itself or a peer that it hears",
            new Edit("SilenceRules.cs", "switch (t.Lookup.Own.Kind)", "if (t.Lookup.Own.Kind == HolderKind.Node) return AskTheGuard(t, suspectAt); switch (t.Lookup.Own.Kind)"),
            new Edit("GuardRules.cs", "return t.Peers.IsPeer(holder) && !SilenceRules.HolderIsHeard(t, holder);", "return true;")),

        new("never-follows-holder", "does not hand the mastership to a fit peer that the floating IP was moved to (E8a)",
            new Edit("Election.cs", "SuccessionRules.Follow(t) || ", "")),

        new("never-superseded", "does not step back when the floating IP arrives at a peer that it does not hear (E8b)",
            new Edit("CloudAnswers.cs", "SupersededRules.Begin(t, node);", "{ }")),

        new("no-recheck-before-post", "does not ask again, right before a POST leaves, whether it is still wanted (C1)",
            new Edit("Election.cs", "state.Role == Role.Master && state.Term == term", "true || state.Role == Role.Master && state.Term == term")),

        new("counts-releases-of-old-terms", "takes over on a release of an old term (E5)",
            new Edit("SuccessionRules.cs", "release.Term != t.Term", "false"),
            new Edit("Hearing.cs", " || Terms.IsLater(t.Term, release.Term)", ""),
            new Edit("ReleaseRecord.cs", "Terms.IsLater(known.Term, release.Term) || ", "")),

        new("ignores-relayed-news", "knows only of nodes that it hears itself (E3)",
            new Edit("Hearing.cs", "LearnPeers(t, advert);", ""),
            new Edit("Hearing.cs", "if (advert.Master != NodeId.None", "if (false && advert.Master != NodeId.None")),

        new("takes-back-to-and-fro", "takes back a move that took back another (C10)",
            new Edit("Claim.cs", "!takenBack && !overrides", "!overrides"),
            new Edit("TakebackRules.cs", ", Demoted: false }", " }"),
            new Edit("TakebackRules.cs", "seen.SeenAt >= claim.FormerSince", "true")) { From = 1500 },

        new("claims-further-addresses-without-right", "claims a floating IP that follows while it is not master (C1, C12)",
            new Edit("Election.cs", "        if (t.IsMaster)\n            DecideMaster(t);\n    }\n\n    private static void DecideBackup", "        if (t.IsMaster)\n            DecideMaster(t);\n        else\n            FollowerRules.Claim(t);\n    }\n\n    private static void DecideBackup"),
            new Edit("FollowerRules.cs", "        var first = t.State.Ip;\n", "        if (!t.IsMaster) return lookedUp;\n        var first = t.State.Ip;\n"),
            new Edit("Invariants.cs", "(OfClaim(state, ip) ?? OfLookup(ip)) is", "(ip == state.Ip ? OfClaim(state, ip) : null) is")) { From = 2000 },

        new("forgets-further-addresses", "does not ask again for a floating IP that follows when one assign of it has failed (C12)",
            new Edit("FollowerRules.cs", "            return assign.InFlight && assign.SentAt == t.Now && KnowsEnough(t);\n", "            return assign.InFlight && assign.SentAt == t.Now && KnowsEnough(t);\n        if (t.Claim.Assign.Failures > 0) return false;\n")) { From = 2000 },

        new("counts-the-lease-from-the-answer", "counts the lease's time from the answer on, not from when it asked (E15)",
            new Edit("LeaseRules.cs", "t.State.Lease.Take(answer, terms", "t.State.Lease.Take(answer with { SentAt = t.Now }, terms")) { From = 2000 },

        new("believes-in-its-lease-after-a-suspend", "does not notice that its clock stood still while the lease went on (E15)",
            new Edit("Lease.cs", "if (length < s_unseenSuspend)", "if (length > TimeSpan.MinValue)")) { From = 2000 },

        new("is-master-without-a-lease", "stays master when its lease has run out (E15)",
            new Edit("Election.cs", "        LeaseRules.StepDown(t);\n", ""),
            new Edit("Invariants.cs", "if (master && s.Settings.Lease is not null && !s.Lease.IsValid(now))", "if (master && s.Settings.Lease is not null && s.Lease.IsValid(now) && false)")) { From = 2000 },

        new("reports-a-master-whose-time-is-over", "takes what waits before it sees that its lease has run out (E15)",
            new Edit("Driver.cs", "else if (Election.HasLostLease(State, _io.Now))", "else if (false)"),
            new Edit("LeaseRules.cs", "if (lease.IsValid(t.Now))\n        {\n            t.WakeAt(lease.ValidUntil);", "if (lease.IsValid(t.Now - TimeSpan.FromMilliseconds(500)))\n        {\n            t.WakeAt(lease.ValidUntil + TimeSpan.FromMilliseconds(500));"),
            new Edit("Invariants.cs", "!s.Lease.IsValid(now))", "!s.Lease.IsValid(now - TimeSpan.FromMilliseconds(501)))")) { From = 2000 },
    ];
}
