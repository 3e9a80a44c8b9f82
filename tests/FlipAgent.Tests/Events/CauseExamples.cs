using FlipAgent.Core;

namespace FlipAgent.Tests.Events;

/// <summary>An example of each cause and of each outcome of a command.</summary>
internal static class CauseExamples
{
    public static IEnumerable<Cause> Causes =>
    [
        new Cause.NoVerdict(),
        new Cause.Unanswered("site"),
        new Cause.CheckDown("site", "503"),
        new Cause.InMaintenance(null),
        new Cause.InMaintenance("kernel"),
        new Cause.UnitNotStartable(),
        new Cause.NoKey("cluster key: the file is empty"),
        new Cause.Stopped(),
        new Cause.ReleaseOrdered(),
        new Cause.PromoteOrdered("haproxy-2"),
        new Cause.Outranked("haproxy-2", 150),
        new Cause.HolderIs("haproxy-2"),
        new Cause.ApiFails(),
        new Cause.NoResult(),
        new Cause.FlapHold(),
        new Cause.NoLongerMaster("haproxy-2", Role.Backup),
        new Cause.Heard("check site is down: 503"),
        new Cause.Listened(),
        new Cause.StandsBy(),
        new Cause.FitAgain(),
        new Cause.MasterSilent("haproxy-2", ServiceDown: false),
        new Cause.MasterSilent("haproxy-2", ServiceDown: true),
        new Cause.NoMaster(),
        new Cause.PromotedHere(),
        new Cause.Resumed(),
        new Cause.MasterElsewhere("haproxy-2", 7),
        new Cause.HigherTerm(),
        new Cause.HigherRank(),
        new Cause.SupersededBy("haproxy-2"),
        new Cause.NamedSuccessor(),
        new Cause.NodeRemoved(),
        new Cause.HeardAgain(),
        new Cause.GuardFailed(),
        new Cause.WaitOver(),
        new Cause.AddressLeft(),
        new Cause.SeenAtCloud(),
        new Cause.PeerStopped(),
        new Cause.HeardByOthers(),
        new Cause.NotSeen(),
        new Cause.NotSeenByMetadata(),
        new Cause.ActionOpen(1492489780),
        new Cause.RateLimited(),
        new Cause.Locked(),
        new Cause.NotTaken("422 The droplet is off."),
        new Cause.NotAccepted(),
        new Cause.StartFailed("access denied"),
        new Cause.StopFailed("access denied"),
        new Cause.SinkFailed("503"),
    ];

    /// <summary>Given by haproxy-1.</summary>
    public static IEnumerable<CommandResult> Results => All.Select(result => result with { Node = "haproxy-1" });

    private static IEnumerable<CommandResult> All =>
    [
        new CommandResult.Claims("haproxy-2"),
        new CommandResult.Asked("haproxy-2"),
        new CommandResult.TookOver(7),
        new CommandResult.Released("haproxy-2"),
        new CommandResult.MaintenanceBegun(null, null),
        new CommandResult.MaintenanceBegun(TimeSpan.FromHours(2), "kernel"),
        new CommandResult.MaintenanceBegun(TimeSpan.FromMinutes(90), null),
        new CommandResult.MaintenanceBegun(TimeSpan.FromSeconds(1.5), null),
        new CommandResult.MaintenanceEnded(),
        new CommandResult.NoMaintenance(),
        new CommandResult.RestartPrepared(TimeSpan.FromMinutes(1)),
        new CommandResult.Stopping(),
        new CommandResult.NotFit(new Cause.CheckDown("site", "503")),
        new CommandResult.Stalled(),
        new CommandResult.Starting(),
        new CommandResult.HoldsAlready(),
        new CommandResult.FlapHold(),
        new CommandResult.Superseded("haproxy-2"),
        new CommandResult.ServiceAnswers(),
        new CommandResult.NotMaster("haproxy-2"),
        new CommandResult.NotMaster(null),
        new CommandResult.AssignUnderWay(),
        new CommandResult.BudgetSpent(3, TimeSpan.FromMinutes(10)),
        new CommandResult.NoSuccessor(),
        new CommandResult.UnknownNode("haproxy-9", "haproxy-1, haproxy-2"),
        new CommandResult.MasterAlready("haproxy-1"),
        new CommandResult.SuccessorNotFit("haproxy-2"),
        new CommandResult.SuccessorNotHeard("haproxy-2"),
    ];
}
