using System.Collections.Immutable;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Lease;
using FlipAgent.Naming;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>What the status needs beside the election's state: names, addresses, and how the other parts of the shell are.</summary>
internal sealed record StatusContext(
    AgentConfig Config, string Version, IReadOnlyList<CheckReport> Checks, AlertsReport Alerts, ImmutableArray<string> Problems, string? AdvertProblem,
    bool StaleMetadata)
{
    /// <summary>Why the cloud API fails, as its client says it; null: it does not, or nothing is known.</summary>
    public string? ApiProblem { get; init; }

    /// <summary>The configuration file on disk; null: not looked at.</summary>
    public ConfigFileReport? File { get; init; }

    /// <summary>The secrets that are read, and what is wrong with them.</summary>
    public IReadOnlyList<SecretReport> Secrets { get; init; } = [];

    /// <summary>Null: none is configured.</summary>
    public HeartbeatReport? Heartbeat { get; init; }

    /// <summary>The prints of this node's configuration; null: there is no cluster key.</summary>
    public ConfigPrints? Prints { get; init; }

    /// <summary>Where the service of this node listens.</summary>
    public Listening Listens { get; init; }

    /// <summary>How the store of the lease stands; null: there is no lease.</summary>
    public LeaseView? Lease { get; init; }
}

/// <summary>
/// Turns the election's state into the report that people and programs read. The verdict comes first: is the address
/// served and safe (ok), served but with nothing in reserve (degraded), or in danger (critical)?
/// </summary>
internal static class StatusBuilder
{
    public static StatusReport Build(ElectionState s, TimeSpan now, DateTimeOffset wall, StatusContext around)
    {
        var config = around.Config;
        var me = s.Settings.Me;
        var master = s.Role == Role.Master ? me : Election.LivingMaster(s, now);
        var service = Election.Service(s, now);
        var ip = new FloatingIpReport(
            config.FloatingIp.Address.ToString(), Election.HolderName(s), s.Ip.Lookup.Known.DropletId != 0 ? s.Ip.Lookup.Known.DropletId : null,
            s.Ip.Lookup.Known.Kind == HolderKind.Unknown ? null : Seconds(now - s.Ip.Lookup.KnownAt), ClaimWord(s.Ip.Claim.State), ApiWord(s.Api.Ok, s.Api.Status),
            s.Ip.Metadata.Says == Witness.Unknown ? (around.StaleMetadata ? "failing" : "unknown") : "ok",
            !s.Settings.Guard || s.Ip.Guard.Blind ? "off" : s.Ip.Guard.Alive switch { true => "ok", false => "failing", null => "unknown" })
        {
            Provider = config.FloatingIp.Vendor.Name,
            HolderServer = s.Ip.Lookup.Known.DropletId is var server and not 0 ? ServerId.NameOf(server) : null,
            RateLimited = s.Quota.Limited,
            RateLimitRemaining = s.Quota.Left?.Remaining,
            RateLimit = s.Quota.Left?.Limit,
            ApiDetail = s.Api.Ok == false ? around.ApiProblem : null,
            Write = WriteWord(s.Ip.Write.State),
            Served = ServiceWords.Of(service.Verdict),
            LookupAgeS = Age(s.Ip.Lookup.OwnAt, now),
            GuardOkAgeS = Age(s.Ip.Guard.SeenAt, now),
            NotServedS = service.Since == Moment.Never ? null : Seconds(now - service.Since),
        };
        ImmutableArray<NodeReport> nodes = [.. Enumerable.Range(0, s.Settings.Nodes.Length).Select(i =>
            WithSight(i == me ? ParticularWords.OfOwn(Own(s, config, now, around.Version), s, now, wall, around.Listens) : ParticularWords.OfPeer(Peer(s, config, i, now), s.Peers[i], now, wall, around.Prints), s, i, now))];
        ImmutableArray<FloatingIpReport> addresses = [ip, .. AddressReports.Others(s, config, ip, now)];
        ImmutableArray<string> warnings = [.. StatusWarnings.Of(s, now, around, nodes), .. LeaseReports.Warnings(s, around.Lease, master), .. AddressReports.Warnings(s, addresses, master, now)];
        var (verdict, summary) = StatusVerdict.Judge(s, now, master, service, ip, nodes, warnings, config.FloatingIp.Vendor);
        return StatusSecrets.Redacted(new StatusReport
        {
            Cluster = config.Cluster,
            Node = s.Settings.Self.Name,
            Version = around.Version,
            Verdict = verdict,
            Summary = summary,
            Role = Words.Of(s.Role),
            Since = Wall(s.Standing.Since, now, wall),
            Term = s.Term,
            Priority = s.Settings.Self.Priority,
            EffectivePriority = s.Fitness.EffectivePriority,
            Fit = s.Fitness.Fit,
            Maintenance = s.Maintenance.On,
            FlapHold = s.Ip.Budget.FlapHold,
            Master = master >= 0 ? s.Settings.Nodes[master].Name : null,
            FloatingIp = ip,
            FloatingIps = addresses,
            Nodes = nodes,
            Checks = around.Checks,
            LastMove = s.Ip.LastMove is { } m
                ? new MoveReport(m.Term, Wall(m.At, now, wall), m.From, m.To, CauseText.Of(m.Cause), Ms(m.Detect), Ms(m.Assign), Ms(m.Verify)) { ClaimMs = Ms(m.Claim) }
                : null,
            Alerts = around.Alerts,
            // After the verdict: a guard that does not see what others see is worth a word, and no fault of the cluster.
            Warnings = [.. warnings, .. ServiceWords.Warnings(s, service), .. IdentityWords.Notes(s, now, config.FloatingIp.Vendor), .. ConfigWords.Notes(around.File), .. StatusWarnings.Notes(around.Checks, config), .. HeartbeatNotes(around.Heartbeat)],
            UnfitBecause = CauseText.OfMaybe(s.Fitness.UnfitBecause),
            MaintenanceReason = s.Maintenance.Reason,
            MaintenanceBy = s.Maintenance.By,
            MaintenanceUntil = s.Maintenance.Until == Moment.Forever ? null : Wall(s.Maintenance.Until, now, wall),
            Config = around.File,
            Identity = IdentityWords.Report(s),
            MoveBudget = Budget(s, now),
            HoldDownS = now < s.HoldDown.Until ? Seconds(s.HoldDown.Until - now) : null,
            Secrets = around.Secrets,
            Heartbeat = around.Heartbeat,
            Lease = LeaseReports.Of(s, around.Lease, now),
            SupersededBy = s.Ip.Supersession.By != 0 && s.Settings.IndexOf(s.Ip.Supersession.By) is var by and >= 0 ? s.Settings.Nodes[by].Name : null,
        });
    }

    /// <summary>After the verdict, too: a heartbeat that fails must not end itself by making the cluster look unwell.</summary>
    private static IEnumerable<string> HeartbeatNotes(HeartbeatReport? heartbeat)
    {
        if (heartbeat?.Problem is { } problem)
            yield return $"the heartbeat does not get through: {problem}";
    }

    private static MoveBudgetReport Budget(ElectionState s, TimeSpan now)
    {
        var counted = s.Ip.Budget.Counted(now).ToArray();
        return new MoveBudgetReport(
            Core.MoveBudget.Max, Seconds(Core.MoveBudget.Window), Math.Max(0, Core.MoveBudget.Max - counted.Length), [.. counted.Select(end => Seconds(end - now))]);
    }

    private static NodeReport WithSight(NodeReport node, ElectionState s, int i, TimeSpan now)
    {
        var seen = Election.SightingOf(s, i, now);
        return node with { Sees = ServiceWords.Of(seen.Sight), SeesAgeS = seen.At == Moment.Never ? null : Seconds(now - seen.At), ProvenId = IdentityWords.ProvenBy(s, i), Store = LeaseReports.StoreOf(s, i) };
    }

    private static NodeReport Own(ElectionState s, AgentConfig config, TimeSpan now, string version) => new(
        s.Settings.Self.Name, config.Self.Address.ToString(), Words.Of(s.Role), s.Term, s.Settings.Self.Priority, s.Fitness.EffectivePriority, s.Fitness.Fit,
        OwnApi(s), null, null, null)
    { Version = version, Maintenance = s.Maintenance.On, Demoted = s.Demotion.IsOn(now), Holds = Holds(s, s.Settings.Me), Up = true };

    /// <summary>In the table of nodes it says what the adverts say: reads may work where no assign of this node does.</summary>
    private static string OwnApi(ElectionState s) =>
        s.Api.Ok != true || Election.CouldMove(s) ? ApiWord(s.Api.Ok, s.Api.Status) : ApiWord(false, s.Ip.Write.State == WriteState.Refused ? ApiStatus.Forbidden : ApiStatus.NotFound);

    private static NodeReport Peer(ElectionState s, AgentConfig config, int i, TimeSpan now)
    {
        var p = s.Peers[i];
        var node = s.Settings.Nodes[i];
        var ever = p.KnownAt != Moment.Never;
        // What it last said of itself is not true for ever; a hold is its word that it comes back.
        var known = ever && !p.Leaving && (now - p.KnownAt < s.Settings.MasterDown || now < p.RestartHoldUntil);
        var heard = p.HeardAt != Moment.Never;
        var rejected = p.Rejected is { } reason && now - p.RejectedAt < 3 * s.Settings.MasterDown ? $"{Words.Of(reason)} ({p.RejectedDetail})" : null;
        return new NodeReport(
            node.Name, config.Nodes[i].Address.ToString(), known ? Words.Of(p.Role) : "unknown", p.Advert?.Term ?? p.MasterTerm,
            p.Advert?.Priority ?? node.Priority, ever ? p.EffectivePriority : node.Priority, known && p.Fit,
            known ? (p.ApiReachable ? "ok" : "failing") : "unknown", heard ? Seconds(now - p.HeardAt) : null, heard && known ? p.HearsMe : null, rejected)
        { Version = p.Advert?.AgentVersion.ToString(3), ConfigDiffers = Differs(s, p.Advert), Demoted = known && p.Demoted, Maintenance = p.Maintenance, Holds = Holds(s, i), Up = heard && now - p.HeardAt < s.Settings.MasterDown && !p.Leaving && rejected is null };
    }

    /// <summary>Null: one of the two does not say by which configuration it goes.</summary>
    private static bool? Differs(ElectionState s, Advert? advert) =>
        advert is null or { ConfigHash: 0 } || s.Settings.ConfigHash == 0 ? null : advert.ConfigHash != s.Settings.ConfigHash;

    private static bool Holds(ElectionState s, int i) => s.Ip.Lookup.Known.Kind == HolderKind.Node && s.Ip.Lookup.Known.NodeId == s.Settings.Nodes[i].Id;

    internal static string ClaimWord(ClaimState claim) => claim switch
    {
        ClaimState.None => "none",
        ClaimState.Claiming => "claiming",
        ClaimState.Held => "held",
        ClaimState.Lost => "lost",
        _ => throw new ArgumentOutOfRangeException(nameof(claim)),
    };

    internal static string WriteWord(WriteState write) => write switch
    {
        WriteState.Unproven => "unproven",
        WriteState.Proven => "proven",
        WriteState.Refused => "refused",
        _ => throw new ArgumentOutOfRangeException(nameof(write)),
    };

    internal static string ApiWord(bool? ok, ApiStatus status) => (ok, status) switch
    {
        (null, _) => "unknown",
        (true, _) => "ok",
        (_, ApiStatus.Unauthorized) => "unauthorized",
        (_, ApiStatus.Forbidden) => "forbidden",
        (_, ApiStatus.NotFound) => "not-found",
        _ => "failing",
    };

    internal static DateTimeOffset Wall(TimeSpan at, TimeSpan now, DateTimeOffset wall) => wall - (now - at);

    internal static double Seconds(TimeSpan t) => Math.Round(Math.Max(0, t.TotalSeconds), 1);

    internal static double? Age(TimeSpan at, TimeSpan now) => at == Moment.Never ? null : Seconds(now - at);

    private static double? Ms(TimeSpan? t) => t is { } v ? Math.Round(v.TotalMilliseconds, 1) : null;
}
