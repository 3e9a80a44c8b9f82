using FlipAgent.Core;

namespace FlipAgent.Tests.Events;

/// <summary>An example of each kind of event, and of each form that its sentence takes, as the core and the shell raise them.</summary>
internal static class EventExamples
{
    private static readonly TimeSpan s_ten = TimeSpan.FromSeconds(10);

    /// <summary>Raised on haproxy-1 in term 7.</summary>
    public static IEnumerable<Event> All =>
        Election.Concat(Peers).Concat(Service).Concat(Claim).Concat(Cloud).Concat(Process).Concat(Lease).Select(e => e with { Node = "haproxy-1", Term = 7 });

    private static IEnumerable<Event> Election =>
    [
        new(EventKind.Started, Severity.Info) { Subject = "1.2.3" },
        new(EventKind.BecameMaster, Severity.Info) { RoleTo = Role.Master, Cause = new Cause.MasterSilent("haproxy-2", ServiceDown: true), Holder = "haproxy-2" },
        new(EventKind.BecameBackup, Severity.Info) { RoleTo = Role.Backup, Cause = new Cause.MasterElsewhere("haproxy-2", 7), Holder = "haproxy-2" },
        new(EventKind.BecameBackup, Severity.Info) { RoleTo = Role.Backup, Cause = new Cause.FitAgain(), Holder = "haproxy-2", Alert = true },
        new(EventKind.BecameFault, Severity.Warning) { RoleTo = Role.Fault, Cause = new Cause.CheckDown("site", "503"), Holder = "haproxy-2" },
        new(EventKind.Resumed, Severity.Warning) { RoleTo = Role.Master, Holder = "haproxy-1" },
        new(EventKind.Released, Severity.Info) { Peer = "haproxy-2", Cause = new Cause.ReleaseOrdered(), Holder = "haproxy-1", Fit = true },
        new(EventKind.Released, Severity.Warning) { Peer = "haproxy-2", Cause = new Cause.InMaintenance("kernel"), Holder = "haproxy-1", Fit = false },
        new(EventKind.Released, Severity.Warning) { Peer = "haproxy-2", Cause = new Cause.CheckDown("site", "503"), Holder = "haproxy-1", Fit = false },
        new(EventKind.Released, Severity.Critical) { Cause = new Cause.CheckDown("site", "503"), Holder = "haproxy-1", Fit = false },
        new(EventKind.HoldAsked, Severity.Info) { Duration = TimeSpan.FromSeconds(15) },
        new(EventKind.ServiceAliveMasterSilent, Severity.Critical) { Peer = "haproxy-2", Holder = "haproxy-2", Detail = "200" },
        new(EventKind.ServiceAliveMasterSilent, Severity.Critical) { Peer = "haproxy-2", Holder = "haproxy-2", Detail = "200", Rejection = Rejection.BadMac },
        new(EventKind.Superseded, Severity.Critical) { Peer = "haproxy-2", Holder = "haproxy-2" },
        new(EventKind.SupersededEnded, Severity.Info) { Peer = "haproxy-2", Cause = new Cause.HeardAgain(), Alert = true },
        new(EventKind.SupersededEnded, Severity.Info) { Cause = new Cause.NodeRemoved(), Alert = true },
        new(EventKind.Preempting, Severity.Info) { Peer = "haproxy-2", Priority = 150, PeerPriority = 100 },
        new(EventKind.Stalled, Severity.Warning) { Duration = TimeSpan.FromSeconds(9.6) },
        new(EventKind.TwoMasters, Severity.Warning) { Peer = "haproxy-2", Cause = new Cause.HigherTerm() },
        new(EventKind.Maintenance, Severity.Info) { Duration = TimeSpan.FromHours(2), Detail = "kernel", Alert = true },
        new(EventKind.Maintenance, Severity.Info) { Ended = true, Alert = true },
        new(EventKind.Maintenance, Severity.Info) { Ended = true, TimeUp = true, Alert = true },
        new(EventKind.HoldDown, Severity.Warning) { Count = 3, Duration = TimeSpan.FromSeconds(20) },
        new(EventKind.Stopping, Severity.Info) { Stop = StopKind.Final },
        new(EventKind.Stopping, Severity.Info) { Stop = StopKind.Restart },
        new(EventKind.HoldExpired, Severity.Warning) { Peer = "haproxy-2" },
        new(EventKind.TermTaken, Severity.Info) { OtherTerm = 6 },
        new(EventKind.NewSession, Severity.Info),
    ];

    private static IEnumerable<Event> Peers =>
    [
        new(EventKind.PeerHeard, Severity.Info) { Peer = "haproxy-2" },
        new(EventKind.PeerHeard, Severity.Info) { Peer = "haproxy-2", Ended = true, Alert = true },
        new(EventKind.PeerSilent, Severity.Warning) { Peer = "haproxy-2" },
        new(EventKind.PeerSilent, Severity.Warning) { Peer = "haproxy-2", Rejection = Rejection.Uncounted },
        new(EventKind.PeerSilent, Severity.Info) { Peer = "haproxy-2", Rejection = Rejection.BadMac },
        new(EventKind.PeerSilent, Severity.Warning) { Peer = "haproxy-2", Cause = new Cause.HeardByOthers() },
        new(EventKind.PeerSilent, Severity.Info) { Peer = "haproxy-2", Cause = new Cause.PeerStopped() },
        new(EventKind.PeerRejected, Severity.Warning) { Peer = "haproxy-2", Rejection = Rejection.BadMac, Detail = "key 1" },
        new(EventKind.PeerRejected, Severity.Warning) { Peer = "haproxy-2", Rejection = Rejection.WrongPort, Detail = "port 4711" },
        new(EventKind.PeerRejected, Severity.Warning) { Peer = "haproxy-2", Rejection = Rejection.Translated, Detail = "10.9.9.9 instead of 10.110.0.3" },
        new(EventKind.PeerRejected, Severity.Warning) { Peer = "haproxy-2", Rejection = Rejection.Late, Detail = "session 1, sequence 4711" },
        new(EventKind.PeerRejected, Severity.Warning) { Peer = "haproxy-2", Rejection = Rejection.Flooded, Detail = "10000 in a second" },
        new(EventKind.PeerRejected, Severity.Info) { Rejection = Rejection.UnknownSender, Detail = "10.0.0.9 is not a node of this cluster" },
        new(EventKind.PeerRejected, Severity.Info) { Peer = "haproxy-2", Ended = true, Alert = true },
        new(EventKind.OneWayLink, Severity.Warning) { Peer = "haproxy-2" },
        new(EventKind.OneWayLink, Severity.Info) { Peer = "haproxy-2", Ended = true, Alert = true },
        new(EventKind.ConfigDrift, Severity.Warning) { Peer = "haproxy-2" },
        new(EventKind.ConfigDrift, Severity.Info) { Peer = "haproxy-2", Ended = true, Alert = true },
        new(EventKind.DuplicateNode, Severity.Critical) { Peer = "haproxy-2", Rejection = Rejection.DuplicateNode, Detail = "it says that it is haproxy-1" },
        new(EventKind.DuplicateNode, Severity.Info) { Peer = "haproxy-2", Ended = true, Alert = true },
        new(EventKind.NotRedundant, Severity.Warning),
        new(EventKind.ClockSkew, Severity.Warning) { Peer = "haproxy-2", Skew = TimeSpan.FromMinutes(10), Duration = TimeSpan.FromMinutes(10) },
        new(EventKind.ClockSkew, Severity.Warning) { Peer = "haproxy-2", Skew = -TimeSpan.FromMinutes(10), Duration = TimeSpan.FromMinutes(10) },
    ];

    private static IEnumerable<Event> Service =>
    [
        new(EventKind.CheckDown, Severity.Info) { Subject = "site", Detail = "503" },
        new(EventKind.CheckUp, Severity.Info) { Subject = "site", Detail = "200" },
        new(EventKind.CheckDegraded, Severity.Warning) { Subject = "stats", Detail = "2 of 3 servers are down" },
        new(EventKind.UnitStarted, Severity.Info) { Subject = "haproxy.service" },
        new(EventKind.UnitStopped, Severity.Info) { Subject = "haproxy.service" },
        new(EventKind.UnitFailed, Severity.Critical) { Detail = "masked" },
        new(EventKind.UnitFailed, Severity.Critical) { Subject = "haproxy.service", Cause = new Cause.StartFailed("access denied") },
        new(EventKind.UnitFailed, Severity.Critical) { Subject = "haproxy.service", Cause = new Cause.StopFailed("access denied") },
        new(EventKind.UnitFailed, Severity.Info) { Ended = true, Alert = true },
        new(EventKind.UnitFailed, Severity.Info) { Subject = "haproxy.service", Ended = true, Alert = true },
    ];

    private static IEnumerable<Event> Claim =>
    [
        new(EventKind.AssignSent, Severity.Info) { Holder = "haproxy-2", Cause = new Cause.Heard("check site is down: 503") },
        new(EventKind.AssignAccepted, Severity.Info) { ActionId = 1492489780, RequestId = "req-1" },
        new(EventKind.AssignRefused, Severity.Info) { Detail = "422 Droplet already has a pending event.", RequestId = "req-1" },
        new(EventKind.AssignUnclear, Severity.Info) { Detail = "no answer within 5 s" },
        new(EventKind.ClaimHeld, Severity.Info) { Peer = "haproxy-2", Holder = "haproxy-1", Cause = new Cause.Heard("check site is down: 503"), Alert = true },
        new(EventKind.ClaimHeld, Severity.Info) { Peer = "haproxy-2", Holder = "haproxy-1", Cause = new Cause.MasterSilent("haproxy-2", ServiceDown: true), Alert = true },
        new(EventKind.ClaimHeld, Severity.Info) { Peer = "haproxy-2", Holder = "haproxy-1", Cause = new Cause.Heard("its cloud API fails") { By = "haproxy-3" }, Alert = true },
        new(EventKind.ClaimHeld, Severity.Info) { Peer = "haproxy-2", Holder = "haproxy-1", Cause = new Cause.Heard("release by command"), Alert = true },
        new(EventKind.ClaimHeld, Severity.Info) { Peer = "nobody", Holder = "haproxy-1", Cause = new Cause.NoMaster(), Alert = true },
        new(EventKind.ClaimHeld, Severity.Info) { Peer = "nobody", Holder = "haproxy-1", Cause = new Cause.AddressLeft(), Alert = true },
        new(EventKind.ClaimHeld, Severity.Info) { Holder = "haproxy-1", Cause = new Cause.NoMaster() },
        new(EventKind.ClaimHeld, Severity.Info) { Holder = "haproxy-1", Cause = new Cause.AddressLeft(), Ended = true, Alert = true },
        new(EventKind.ClaimSlow, Severity.Critical) { Holder = "haproxy-2", Duration = s_ten, Cause = new Cause.NotAccepted() },
        new(EventKind.ClaimSlow, Severity.Critical) { Holder = "haproxy-1", Duration = s_ten, Cause = new Cause.NotAccepted() },
        new(EventKind.ClaimSlow, Severity.Critical) { Holder = "haproxy-2", Duration = s_ten, Cause = new Cause.NotTaken("422 The droplet is off."), Refused = true },
        new(EventKind.ClaimSlow, Severity.Critical) { Holder = "haproxy-2", Duration = s_ten, Cause = new Cause.NotTaken("403 You are not authorized to perform this operation."), Refused = true, Api = ApiStatus.Forbidden },
        new(EventKind.ClaimSlow, Severity.Critical) { Holder = "haproxy-2", Duration = s_ten, Cause = new Cause.RateLimited(), Refused = true },
        new(EventKind.ClaimSlow, Severity.Critical) { Holder = "haproxy-2", Duration = s_ten, Cause = new Cause.MoveGap(TimeSpan.FromSeconds(7)) },
        new(EventKind.ClaimLost, Severity.Warning) { Holder = "haproxy-2" },
        new(EventKind.HolderChanged, Severity.Info) { From = "haproxy-2", Holder = "haproxy-3" },
        new(EventKind.HolderChanged, Severity.Info) { From = "nobody", Holder = "other" },
        new(EventKind.Followed, Severity.Info) { Peer = "haproxy-2", Holder = "haproxy-2", Alert = true },
        new(EventKind.ForeignHolder, Severity.Critical) { Holder = "other", DropletId = 36804745 },
        new(EventKind.ForeignHolder, Severity.Critical) { Holder = "other", DropletId = 36804745, Reclaimed = true },
        new(EventKind.ForeignHolderEnded, Severity.Info) { Holder = "haproxy-2", Alert = true },
        new(EventKind.ForeignHolderEnded, Severity.Info) { Holder = "nobody", Alert = true },
        new(EventKind.FlapHold, Severity.Critical) { Holder = "haproxy-2", Count = 3, Duration = TimeSpan.FromMinutes(10) },
        new(EventKind.FlapHoldEnded, Severity.Info) { Alert = true },
    ];

    private static IEnumerable<Event> Cloud =>
    [
        new(EventKind.ApiFailing, Severity.Warning) { Duration = s_ten, Detail = "503 Service Unavailable" },
        new(EventKind.ApiFailing, Severity.Warning) { Duration = s_ten, Detail = "no address known for api.digitalocean.com, and the name service does not answer" },
        new(EventKind.ApiRecovered, Severity.Info) { Duration = TimeSpan.FromMinutes(2), Alert = true },
        new(EventKind.TokenRefused, Severity.Critical) { Api = ApiStatus.Unauthorized, Detail = "Unable to authenticate you" },
        new(EventKind.TokenRefused, Severity.Critical) { Api = ApiStatus.Forbidden, Detail = "You are not authorized to perform this operation" },
        new(EventKind.AddressNotFound, Severity.Critical) { Detail = "The resource you requested could not be found." },
        new(EventKind.MetadataDisagrees, Severity.Warning) { Holder = "haproxy-1", Duration = TimeSpan.FromMinutes(1) },
        new(EventKind.MetadataDisagrees, Severity.Info) { Holder = "haproxy-1", Ended = true, Alert = true },
        new(EventKind.GuardPathBroken, Severity.Warning) { Subject = "haproxy-2", Detail = "connection refused" },
        new(EventKind.GuardPathMended, Severity.Info) { Alert = true },
        new(EventKind.GuardPathMended, Severity.Info) { Blind = true, Alert = true },
        new(EventKind.GuardPathMended, Severity.Info) { Ended = true, Alert = true },
        new(EventKind.ActionErrored, Severity.Warning) { Detail = "errored" },
        new(EventKind.ActionErrored, Severity.Warning),
        new(EventKind.ServiceDead, Severity.Critical) { Holder = "haproxy-1", Count = 2, Duration = TimeSpan.FromSeconds(5) },
        new(EventKind.ServiceAnswers, Severity.Info) { Alert = true, Holder = "haproxy-1", Duration = TimeSpan.FromSeconds(42) },
        new(EventKind.ServiceAnswers, Severity.Info) { Alert = true, Holder = "haproxy-1" },
        new(EventKind.ServiceUnwatched, Severity.Info) { Alert = true, Holder = "haproxy-1", Duration = TimeSpan.FromSeconds(42) },
        new(EventKind.ServiceNeverSeen, Severity.Warning) { Holder = "haproxy-1", Refused = true, Detail = "connection refused" },
        new(EventKind.ServiceNeverSeen, Severity.Warning) { Holder = "haproxy-1", Detail = "no answer within 400 ms" },
        new(EventKind.TakenBack, Severity.Critical) { Peer = "haproxy-2", Holder = "haproxy-1", Duration = TimeSpan.FromSeconds(6) },
        new(EventKind.DropletUnknown, Severity.Critical) { DropletId = 4999999, FileDropletId = 3164444 },
        new(EventKind.DropletSwapped, Severity.Critical) { DropletId = 3164445, FileDropletId = 3164444, Peer = "haproxy-2" },
        new(EventKind.DropletShared, Severity.Critical) { DropletId = 3164444, Peer = "haproxy-2" },
        new(EventKind.DropletRight, Severity.Info) { DropletId = 3164444, Alert = true },
        new(EventKind.DropletNotFound, Severity.Critical) { DropletId = 4999999, Detail = "404 not_found (assign to droplet 4999999)", RequestId = "req-1" },
        new(EventKind.WriteProven, Severity.Info) { Detail = "422 unprocessable_entity (assign to droplet 3164444)", RequestId = "req-1" },
        new(EventKind.WriteRefused, Severity.Critical) { Detail = "403 forbidden", RequestId = "req-1" },
        new(EventKind.WriteAccepted, Severity.Critical) { ActionId = 1492489780, RequestId = "req-1" },
        new(EventKind.WriteUnproven, Severity.Warning) { Detail = "no answer within 5 s" },
        new(EventKind.ApiLimited, Severity.Warning),
        new(EventKind.ApiLimited, Severity.Warning) { Count = 12, Limit = 5000 },
        new(EventKind.ApiLimited, Severity.Info) { Ended = true, Alert = true, Count = 3100, Limit = 5000 },
        new(EventKind.ApiQuotaLow, Severity.Warning) { Count = 980, Limit = 5000 },
        new(EventKind.ApiQuotaLow, Severity.Info) { Ended = true, Alert = true, Count = 2050, Limit = 5000 },
        new(EventKind.NoStandby, Severity.Warning) { Duration = TimeSpan.FromMinutes(5) },
        new(EventKind.NoStandby, Severity.Info) { Ended = true, Alert = true, Duration = TimeSpan.FromMinutes(12) },
        new(EventKind.NoStandby, Severity.Info) { Ended = true, Alert = true },
        new(EventKind.GuardIsLocal, Severity.Warning) { Detail = "it asks 203.0.113.10, which is an address of this machine" },
    ];

    private static IEnumerable<Event> Process =>
    [
        new(EventKind.Reloaded, Severity.Info),
        new(EventKind.Reloaded, Severity.Info) { Ended = true, Alert = true },
        new(EventKind.ReloadFailed, Severity.Warning) { Detail = "/etc/flipagent/flipagent.yaml:3:1: unknown key" },
        new(EventKind.SecretMissing, Severity.Critical) { Subject = "cloud token", Detail = "/etc/flipagent/token does not exist" },
        new(EventKind.SecretRestored, Severity.Info) { Subject = "cloud token", Alert = true },
        new(EventKind.StateNotSaved, Severity.Warning) { Detail = "no space left on device" },
        new(EventKind.StateNotSaved, Severity.Info) { Ended = true, Alert = true },
        new(EventKind.NetworkFault, Severity.Critical) { Detail = "eth1 is down" },
        new(EventKind.NetworkRestored, Severity.Info) { Alert = true },
        new(EventKind.TestAlert, Severity.Info) { Alert = true },
        new(EventKind.AlertsSuppressed, Severity.Warning) { Subject = "slack", Count = 2, Detail = "5 not delivered" },
        new(EventKind.AlertsSuppressed, Severity.Warning) { Subject = "slack", Count = 2, Duration = TimeSpan.FromMinutes(7), Cause = new Cause.SinkFailed("503") },
        new(EventKind.PartFailed, Severity.Critical) { Subject = "check site", Detail = "FormatException: odd value" },
    ];

    private static IEnumerable<Event> Lease =>
    [
        new(EventKind.LeaseLost, Severity.Critical) { Holder = "haproxy-1", Detail = "etcd https://10.110.0.5:2379: no answer in time" },
        new(EventKind.LeaseLost, Severity.Warning) { Holder = "haproxy-1", Peer = "haproxy-2", Detail = "etcd https://10.110.0.5:2379: no connection to 10.110.0.5" },
        new(EventKind.StoreFailing, Severity.Warning) { Duration = TimeSpan.FromSeconds(5), Detail = "etcd https://10.110.0.5:2379: no connection to 10.110.0.5" },
        new(EventKind.StoreAnswers, Severity.Info) { Alert = true },
        new(EventKind.LeaseElsewhere, Severity.Warning) { Peer = "haproxy-2", Duration = TimeSpan.FromSeconds(10) },
        new(EventKind.LeaseElsewhere, Severity.Warning) { Peer = "haproxy-1", Duration = TimeSpan.FromSeconds(10) },
    ];
}
