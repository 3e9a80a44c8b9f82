namespace FlipAgent.Core.Tests.Sim;

/// <summary>One change of the source text.</summary>
/// <param name="File">Name of a file of <c>src/FlipAgent.Core</c>.</param>
/// <param name="Original">Occurs exactly once in that file.</param>
internal sealed record Edit(string File, string Original, string Replacement);

/// <summary>A rule of the election, broken in its source: the agent that is built for users has no switch for this.</summary>
/// <param name="Name">What the test is called: <c>--filter "DisplayName~NAME"</c>.</param>
/// <param name="Breaks">What the agent does, or no longer does.</param>
internal sealed record PlantedBug(string Name, string Breaks, params Edit[] Edits);

internal static class PlantedBugs
{
    /// <summary>
    /// The table of docs/simulator.md. When a change of the core takes the text away that a bug is anchored at, the test says so: look for where the rule
    /// is now, and anchor it there. The originals are short, so that little else can take them away.
    /// </summary>
    public static readonly PlantedBug[] All =
    [
        new("ignores-holder-once-held", "looks no more where the floating IP is once it holds it",
            new Edit("Election.Cloud.cs", "JudgeArrival(s, before, holder, now, fx);", "if (s.Claim == ClaimState.Held) return; JudgeArrival(s, before, holder, now, fx);"),
            new Edit("Election.cs", " || Follow(s, now, fx)", "")),

        new("asks-guard-whoever-holds", "asks the guard even when the holder is itself or a peer that it hears",
            new Edit("Election.Silence.cs", "switch (s.Look.Kind)", "if (s.Look.Kind == HolderKind.Node) return AskTheGuard(s, suspectAt, now, fx); switch (s.Look.Kind)"),
            new Edit("Election.Silence.cs", "return holder >= 0 && holder != s.Settings.Me && !HolderIsHeard(s, holder, now);", "return true;")),

        new("never-follows-holder", "does not hand the mastership to a fit peer that the floating IP was moved to (E8a)",
            new Edit("Election.cs", " || Follow(s, now, fx)", "")),

        new("never-superseded", "does not step back when the floating IP arrives at a peer that it does not hear (E8b)",
            new Edit("Election.Cloud.cs", "Supersede(s, node, now, fx);", "{ }")),

        new("no-recheck-before-post", "does not ask again, right before a POST leaves, whether it is still wanted (C1)",
            new Edit("Election.Claim.cs", "state.Role == Role.Master && state.Term == term", "true || state.Role == Role.Master && state.Term == term")),

        new("counts-releases-of-old-terms", "takes over on a release of an old term (E5)",
            new Edit("Election.Roles.cs", "release.Term != s.Term", "false"),
            new Edit("Election.Hearing.cs", "release.Term < s.Term || release.Term < known?.Term", "false")),

        new("ignores-relayed-news", "knows only of nodes that it hears itself (E3)",
            new Edit("Election.Hearing.cs", "LearnPeers(s, advert, now);", ""),
            new Edit("Election.Hearing.cs", "if (advert.Master != NodeId.None", "if (false && advert.Master != NodeId.None")),
    ];
}
