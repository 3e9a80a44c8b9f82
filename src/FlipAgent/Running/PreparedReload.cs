using FlipAgent.Alerts;
using FlipAgent.Checks;
using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;
using FlipAgent.Lease;
using FlipAgent.Loop;
using FlipAgent.Net;

namespace FlipAgent.Running;

/// <summary>
/// All parts of a reload, made and not in use yet. <see cref="Commit"/> puts them in use at one moment; disposed of before, they leave everything as it was.
/// </summary>
internal sealed class PreparedReload : IDisposable
{
    private volatile bool _committed;

    private PreparedReload(AgentConfig config, RunningConfig old, SecretSet secrets)
    {
        Secrets = secrets;
        Next = old with { Config = config, Settings = RunningConfig.SettingsOf(config), Keys = secrets.Keys };
    }

    public RunningConfig Next { get; private set; }

    public SecretSet Secrets { get; }

    /// <summary>Null: port and group are the same, and so is the socket.</summary>
    public AdvertSocket? Socket { get; private set; }

    /// <summary>Null: the cloud is the same.</summary>
    public CloudParts? Cloud { get; private set; }

    /// <summary>Null: there is no lease, or it is the same.</summary>
    public LeaseWorker? Lease { get; private set; }

    public PreparedChecks? Checks { get; private set; }

    public PreparedAlerts? Alerts { get; private set; }

    /// <summary>Makes all parts, or none.</summary>
    /// <param name="problem">Why there is nothing prepared.</param>
    public static PreparedReload? Of(AgentConfig config, RunningConfig old, ReloadSteps steps, Inbox inbox, out string? problem)
    {
        var secrets = steps.ReadSecrets(config);
        problem = secrets.Unusable;
        if (problem is not null)
            return null;
        var prepared = new PreparedReload(config, old, secrets);
        try
        {
            problem = prepared.Make(old, steps, inbox);
            return problem is null ? prepared : null;
        }
        finally
        {
            if (problem is not null || prepared.Alerts is null)
                prepared.Dispose();
        }
    }

    /// <summary>On the loop, between two steps: the one moment at which the configuration changes. Waits for nothing.</summary>
    /// <returns>The cloud is another one, so the guard asks something else.</returns>
    public Message.Exchanged Commit(ReloadTarget target)
    {
        _committed = true;
        var (before, lease, old) = (target.Current.Value.Cloud, target.Current.Value.Lease, target.Current.Value.Config.FloatingIp);
        target.Secrets.Use(Secrets);
        Checks!.Commit();
        target.Current.Value = Next;
        target.Adverts.Use(Next, Socket ?? target.Adverts.Socket);
        target.Counters.ConfigHash = Next.Config.Hash;
        if (lease != Next.Lease)
            lease?.Retire();
        if (Cloud is null)
            return default;
        before.Retire();
        Cloud.Begin();
        return new(Guard: true, Metadata: old.Vendor != Next.Config.FloatingIp.Vendor || old.MetadataUrl != Next.Config.FloatingIp.MetadataUrl);
    }

    /// <summary>Takes back what was made; after <see cref="Commit"/> nothing.</summary>
    public void Dispose()
    {
        if (_committed)
            return;
        Socket?.Dispose();
        Cloud?.Dispose();
        Lease?.Dispose();
        Checks?.Dispose();
        Alerts?.Dispose();
    }

    private string? Make(RunningConfig old, ReloadSteps steps, Inbox inbox)
    {
        var config = Next.Config;
        if (config.Election.Port != old.Config.Election.Port || !Equals(config.Election.Multicast, old.Config.Election.Multicast))
        {
            var opening = steps.OpenSocket(config);
            if (opening.Socket is null)
                return $"{config.Path}: election: {opening.Text}";
            Socket = opening.Socket;
        }
        if (config.FloatingIp != old.Cloud.Config || config.Self.DropletId != old.Cloud.Droplet)
            Next = Next with { Cloud = Cloud = steps.MakeCloud(config) };
        if (config.Election.Lease is null)
            Next = Next with { Lease = null };
        else if (IsNew(config, old.Lease))
            Next = Next with { Lease = Lease = steps.MakeLease(config, Secrets) };
        var numbering = Next.Settings;
        Checks = steps.PrepareChecks(config.Checks, input => inbox.Put(input, numbering));
        Next = Next with { Snapshots = Checks.Reporter };
        Alerts = steps.PrepareAlerts(config.Alerts);
        return null;
    }

    private bool IsNew(AgentConfig config, LeaseWorker? lease) => lease is null || lease.IsOfAnother(config, Secrets.LeaseKey);
}
