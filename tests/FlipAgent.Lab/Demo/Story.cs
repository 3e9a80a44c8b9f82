using System.Text.Json.Nodes;
using FlipAgent.Harness;

namespace FlipAgent.Lab.Demo;

/// <summary>
/// The path that every operator walks once: all is well, HAProxy dies on the master, it is repaired, nothing moves back by itself, and then the
/// address is brought back by hand. Each chapter prints what happened as it happens and ends with what was checked.
/// </summary>
internal sealed class Story(DemoCluster cluster, CancellationToken cancel)
{
    private static readonly TimeSpan s_watchTime = TimeSpan.FromSeconds(6);
    private readonly DemoNode _one = cluster.Nodes[0];
    private readonly DemoNode _two = cluster.Nodes[1];

    /// <summary>The failure test; null until it was run.</summary>
    public Failover? Failure { get; private set; }

    /// <summary>The reverting; null until it was run.</summary>
    public Failover? Reverting { get; private set; }

    /// <summary>When HAProxy was started again.</summary>
    public DateTimeOffset Repaired { get; private set; }

    /// <summary>When the last chapter was over.</summary>
    public DateTimeOffset Ended { get; private set; } = DateTimeOffset.MaxValue;

    public async Task Tell()
    {
        await Steady();
        await Fail();
        await Repair();
        await Revert();
        Ended = DateTimeOffset.UtcNow;
    }

    /// <summary>Waits until <paramref name="master"/> is master and holds the address, and the other one is a fit backup.</summary>
    public static async Task Settled(DemoCluster cluster, DemoNode master, TimeSpan limit, CancellationToken cancel)
    {
        var backup = cluster.Nodes.Single(n => n != master);
        await Agreed($"{master.Name} is master and holds the address, {backup.Name} is a fit backup", limit, async () =>
        {
            cluster.MustRun();
            return Wrong(master, await master.Watch.Status(), "master", master) ?? Wrong(backup, await backup.Watch.Status(), "backup", master);
        }, cancel);
    }

    private async Task Steady()
    {
        Chapter("1. Steady state");
        await Settled(cluster, _one, TimeSpan.FromSeconds(60), cancel);
        await Timeline.Caught(cancel);
        Done($"{_one.Name} is master and holds {cluster.FloatingIp}; {_two.Name} is backup; each hears the other");
        await Agreed("all sites and statistics answer", TimeSpan.FromSeconds(20), SitesMissing, cancel);
        Done($"sites 1 to 7 answer \"Backend 1\" to \"Backend 7\" through {_one.Name}, {_two.Name} and the floating IP; statistics on 8101 to 8107");
        await Until.TrueAsync(() => cluster.Client.ServedBy == _one.Name, "the client is served", 10, cancel);
        Done($"a client asks for http://{cluster.FloatingIp}:8001/ every 10 ms and is served by {_one.Name}");
        await Timeline.Caught(cancel);
    }

    private async Task Fail()
    {
        Chapter($"2. The failure test: HAProxy on {_one.Name} is stopped (SIGTERM, as by systemctl stop)");
        var fault = cluster.Timeline.Zero = DateTimeOffset.UtcNow;
        cluster.HaProxy(_one).Send(Signal.Term);
        cluster.Timeline.Add(new(fault, _one.Name, "stopped", "HAProxy is stopped"));
        Failure = await Failover.Watch(cluster, fault, "check-down", _one, _two, cancel);
        await Timeline.Caught(cancel);
        Done($"{_two.Name} is master and holds the address; clients are served by {_two.Name}");
        Report(Failure);
    }

    private async Task Repair()
    {
        Chapter($"3. The repair: HAProxy on {_one.Name} is started again, and nothing moves back");
        var repaired = Repaired = cluster.Timeline.Zero = DateTimeOffset.UtcNow;
        var assigns = cluster.Lab.Assigns.Count;
        cluster.Timeline.Add(new(repaired, _one.Name, "started", "HAProxy is started"));
        cluster.StartHaProxy(_one);
        await Settled(cluster, _two, TimeSpan.FromSeconds(30), cancel);
        var fit = DateTimeOffset.UtcNow;
        while (DateTimeOffset.UtcNow < fit + s_watchTime)
        {
            if (cluster.Lab.Assigns.Count != assigns || cluster.Lab.Holder != _two.Droplet)
            {
                throw new StepMissing("nothing moves back after the repair: but somebody asked for the address");
            }

            await Task.Delay(50, cancel);
        }

        await Timeline.Caught(cancel);
        if (cluster.Client.Requests.FirstOrDefault(s => s.Start > repaired && s.Refused) is { Refused: true } failed)
        {
            throw new StepMissing($"no request is refused while {_one.Name} is repaired: but one was ({failed.Error})");
        }

        Done($"{_one.Name} is a fit backup again; {s_watchTime.TotalSeconds:0} s later {_two.Name} still holds the address");
        Done("nobody asked the cloud for it, and no request of the client was refused");
    }

    private async Task Revert()
    {
        Chapter($"4. The reverting: the agent on {_two.Name} is stopped (SIGTERM, as by systemctl stop)");
        var stopped = cluster.Timeline.Zero = DateTimeOffset.UtcNow;
        cluster.Agent(_two).Send(Signal.Term);
        cluster.Timeline.Add(new(stopped, _two.AgentLane, "stopped", "the agent is stopped"));
        if (await cluster.Agent(_two).WaitForExitAsync(TimeSpan.FromSeconds(6)) is null)
        {
            throw new StepMissing($"the agent of {_two.Name} ends after SIGTERM: still there after 6 s");
        }

        cluster.Timeline.Add(_two.AgentLane, "exited", $"the agent has ended with {cluster.Agent(_two).ExitCode}");
        Reverting = await Failover.Watch(cluster, stopped, "stopping", _two, _one, cancel);
        await Timeline.Caught(cancel);
        Done($"{_one.Name} is master and holds the address; clients are served by {_one.Name}");
        Report(Reverting);
        cluster.StartAgent(_two);
        await Settled(cluster, _one, TimeSpan.FromSeconds(30), cancel);
        Done($"the agent on {_two.Name} is started again and is backup; nothing moved");
    }

    /// <param name="complaint">What is not right yet; null when all is.</param>
    private static async Task Agreed(string step, TimeSpan limit, Func<Task<string?>> complaint, CancellationToken cancel)
    {
        string? wrong = null;
        await Until.True(async () => (wrong = await complaint()) is null, () => Task.FromResult($"{step}; {wrong}"), limit.TotalSeconds, cancel);
    }

    private static void Report(Failover move)
    {
        var lost = move.Outage is { } outage
            ? $"requests that failed: {outage.Failed}, for {outage.Lasted.TotalMilliseconds:0} ms"
            : "no request failed";
        Done($"{move.ToPost.TotalMilliseconds:0} ms from the fault to the request; the cloud took {move.Cloud.TotalMilliseconds:0} ms; {lost}");
    }

    /// <summary>What is not right yet at this node; null when all is.</summary>
    private static string? Wrong(DemoNode node, JsonNode? status, string role, DemoNode holder)
    {
        if (status is null)
        {
            return $"the agent of {node.Name} does not answer";
        }

        var peer = status["nodes"]!.AsArray().First(n => n!["name"]!.GetValue<string>() != node.Name)!;
        return status["role"]!.GetValue<string>() == role
            && status["fit"]!.GetValue<bool>()
            && status["floating_ip"]!["holder"]!.GetValue<string>() == holder.Name
            && (role != "master" || status["floating_ip"]!["claim"]!.GetValue<string>() == "held")
            && peer["hears_me"]?.GetValue<bool>() == true
            && peer["fit"]!.GetValue<bool>()
            ? null
            : $"{node.Name} says: {status["summary"]}";
    }

    private async Task<string?> SitesMissing()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(3) };
        foreach (var host in cluster.Nodes.Select(n => n.Address).Append(cluster.FloatingIp))
        {
            for (var k = 1; k <= 7; k++)
            {
                var site = new Uri($"http://{host}:{8000 + k}/");
                if (await Text(http, site) != $"Backend {k}\n")
                {
                    return $"{site} does not answer \"Backend {k}\"";
                }

                var statistics = new Uri($"http://{host}:{8100 + k}/");
                if (!host.Equals(cluster.FloatingIp) && !(await Text(http, statistics)).Contains($"site{k}", StringComparison.Ordinal))
                {
                    return $"{statistics} does not show site {k}";
                }
            }
        }

        return null;
    }

    private static async Task<string> Text(HttpClient http, Uri url)
    {
        try
        {
            return await http.GetStringAsync(url);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return "";
        }
    }

    private static void Chapter(string title) => Console.WriteLine($"\n{title}");

    private static void Done(string what) => Console.WriteLine($"  ok  {what}");
}
