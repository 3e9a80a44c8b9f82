using FlipAgent.Core;
using FlipAgent.Ctl;
using FlipAgent.Events;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

/// <summary>promote, release and drill: they tell what will happen, ask, and wait until it has happened.</summary>
public class MoveVerbTests
{
    [Fact]
    public async Task Promote_in_a_script_without_yes_says_what_would_happen_and_does_nothing()
    {
        await using var agent = await Backup();
        var run = await CtlRun.Of(agent, "promote");
        Assert.Equal(2, run.Exit);
        Assert.StartsWith("haproxy-2 gives the mastership up and haproxy-1 claims 203.0.113.10 from haproxy-2. Connections through the address break when it moves.\n", run.Error);
        Assert.Contains("say promote --yes", run.Error);
        Assert.Empty(agent.Commands);
    }

    [Fact]
    public async Task Promote_on_a_terminal_asks_and_takes_no_for_an_answer()
    {
        await using var agent = await Backup();
        var run = await CtlRun.OfPerson(agent, "n", "promote");
        Assert.Equal(1, run.Exit);
        Assert.Contains("Make haproxy-1 the master? [y/N]", run.Error);
        Assert.Empty(agent.Commands);
    }

    [Fact]
    public async Task An_answer_of_yes_overrides_no_rule_and_the_option_does()
    {
        await using var agent = await Backup();
        agent.Run = command => command is Command.Promote { Yes: false }
            ? new CommandAnswer("flap-hold is on: the floating IP was moved away from fit holders too often; promote --yes overrides it", "")
            : Moved(agent, "haproxy-1");

        var asked = await CtlRun.OfPerson(agent, "y", "promote");
        var told = await CtlRun.Of(agent, "promote", "--yes");

        Assert.Equal((5, 0), (asked.Exit, told.Exit));
        Assert.Equal([new Command.Promote(false), new Command.Promote(true)], agent.Commands);
        Assert.Contains("haproxy-1 is master and holds 203.0.113.10 after ", told.Out);
    }

    [Fact]
    public async Task Release_waits_until_another_node_is_master_and_holder()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = command =>
        {
            _ = Task.Delay(500).ContinueWith(delay => Moved(agent, "haproxy-2"), TaskScheduler.Default);
            return new CommandAnswer(null, "released the mastership to haproxy-2");
        };

        var run = await CtlRun.Of(agent, "release");

        Assert.Equal(0, run.Exit);
        Assert.Matches("^released the mastership to haproxy-2\nhaproxy-2 is master and holds 203.0.113.10 after [0-9.]+ s\n$", run.Out);
        Assert.Equal(new Command.ReleaseMaster(null), Assert.Single(agent.Commands));
    }

    /// <summary>Who stops HAProxy next would cut the clients of an address that is still on its way.</summary>
    [Fact]
    public async Task Release_waits_for_every_address()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = command =>
        {
            var answer = Moved(agent, "haproxy-2");
            agent.Report = agent.Report with { FloatingIps = [agent.Report.FloatingIp, agent.Report.FloatingIp with { Address = "203.0.113.11", Holder = "haproxy-1" }] };
            return answer;
        };
        using var client = new AgentClient(agent.Socket);
        var terminal = CtlRun.Plain();

        Assert.Equal(6, await new ChangeVerbs(client, terminal) { MoveLimit = TimeSpan.FromMilliseconds(300) }.Release("haproxy-2", yes: false, CancellationToken.None));
        agent.Run = command =>
        {
            agent.Report = agent.Report with { FloatingIps = [agent.Report.FloatingIp, agent.Report.FloatingIp with { Address = "203.0.113.11", Holder = "other" }] };
            return new CommandAnswer(null, "released");
        };
        Assert.Equal(0, await new ChangeVerbs(client, terminal) { MoveLimit = TimeSpan.FromSeconds(30) }.Release("haproxy-2", yes: false, CancellationToken.None));
    }

    [Fact]
    public async Task A_move_that_is_not_seen_ends_with_6()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = new AgentClient(agent.Socket);
        var terminal = CtlRun.Plain();

        var exit = await new ChangeVerbs(client, terminal) { MoveLimit = TimeSpan.FromMilliseconds(300) }.Release("haproxy-2", yes: false, CancellationToken.None);

        Assert.Equal(6, exit);
        Assert.Contains("not seen to be done", terminal.Error.ToString());
    }

    [Fact]
    public async Task A_drill_moves_there_and_back_and_prints_what_it_took()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = command => Moved(agent, command is Command.ReleaseMaster { To: "haproxy-2" } ? "haproxy-2" : "haproxy-1");

        var run = await CtlRun.Of(agent, "drill", "--back", "--yes");

        Assert.Equal(0, run.Exit);
        Assert.Equal([new Command.ReleaseMaster("haproxy-2"), new Command.Promote(false)], agent.Commands);
        Assert.Matches("""
            ^haproxy-1 -> haproxy-2: master after [0-9.]+ s, address seen there after [0-9.]+ s
              2026-.* haproxy-1 -> haproxy-2 in [0-9.]+ s, .* \(detect 1 ms, assign 900 ms, verify 50 ms\)
              clients are served through haproxy-2 after [0-9.]+ s
            haproxy-2 -> haproxy-1: master after [0-9.]+ s, address seen there after [0-9.]+ s
              2026-.*
              clients are served through haproxy-1 after [0-9.]+ s
            $
            """, run.Out);
    }

    [Theory]
    [InlineData("dead", "it moved, but clients are not served: ")]
    [InlineData("never-answered", "it moved, but clients are not served: ")]
    [InlineData("failing", "nobody has seen clients being served through haproxy-2 within 0 s")]
    [InlineData("unknown", "nobody has seen clients being served through haproxy-2 within 0 s")]
    public async Task A_drill_after_which_clients_are_not_served_fails_and_says_why(string served, string why)
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = command =>
        {
            var answer = Moved(agent, "haproxy-2");
            agent.Report = agent.Report with { FloatingIp = agent.Report.FloatingIp with { Served = served } };
            return answer;
        };
        using var client = new AgentClient(agent.Socket);
        var terminal = CtlRun.Plain();
        var exit = await new Drill(client, terminal) { ServedLimit = TimeSpan.FromMilliseconds(300) }.Run("haproxy-2", back: true, yes: true, CancellationToken.None);
        Assert.Equal(1, exit);
        Assert.Contains($"haproxy-1 -> haproxy-2: {why}", terminal.Error.ToString());
        Assert.Single(agent.Commands);
    }

    [Fact]
    public async Task A_drill_without_any_guard_says_that_nobody_can_tell()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = command =>
        {
            var answer = Moved(agent, "haproxy-2");
            agent.Report = agent.Report with { FloatingIp = agent.Report.FloatingIp with { Served = "off" } };
            return answer;
        };
        var run = await CtlRun.Of(agent, "drill", "--yes");
        Assert.Equal(0, run.Exit);
        Assert.Contains("whether clients are served nobody can tell: no node has a guard", run.Out);
    }

    [Fact]
    public async Task Before_a_maintenance_somebody_is_told_that_the_address_would_stay()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Report = agent.Report with { Nodes = [.. agent.Report.Nodes.Select(node => node.Name == "haproxy-2" ? node with { Write = "refused" } : node)] };
        var maintenance = await CtlRun.OfPerson(agent, "n", "maintenance", "on");
        Assert.StartsWith(
            "haproxy-1 gives the mastership to the best fit peer. No other node could take 203.0.113.10 over now, so it stays at haproxy-1: HAProxy must go on running there", maintenance.Error);
        Assert.Contains("haproxy-2 could not take 203.0.113.10 over now", (await CtlRun.OfPerson(agent, "n", "release", "--to", "haproxy-2")).Error);
    }

    [Fact]
    public async Task Release_and_maintenance_ask_a_person_and_nobody_else()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = command => command is Command.ReleaseMaster ? Moved(agent, "haproxy-2") : new CommandAnswer(null, "in maintenance");
        var release = await CtlRun.OfPerson(agent, "n", "release");
        Assert.Equal((1, "haproxy-1 gives the mastership to the best fit peer. 203.0.113.10 leaves haproxy-1: connections through it break.\nGive the mastership away? [y/N] flipagentctl: nothing was done\n"), (release.Exit, release.Error));
        var maintenance = await CtlRun.OfPerson(agent, "", "maintenance", "on");
        Assert.Equal(1, maintenance.Exit);
        Assert.Contains("203.0.113.10 leaves haproxy-1", maintenance.Error);
        Assert.Empty(agent.Commands);

        Assert.Equal(0, (await CtlRun.OfPerson(agent, "y", "maintenance", "on")).Exit);
        Assert.Equal(0, (await CtlRun.OfPerson(agent, "n", "maintenance", "on", "--yes")).Exit);
        Assert.Equal(0, (await CtlRun.OfPerson(agent, "n", "maintenance", "off")).Exit);
        Assert.Equal(0, (await CtlRun.Of(agent, "maintenance", "on")).Exit);
        Assert.Equal(0, (await CtlRun.OfPerson(agent, "n", "release", "--yes")).Exit);
        Assert.Equal(5, agent.Commands.Count);
    }

    [Fact]
    public async Task A_drill_asks_first_and_never_in_a_script()
    {
        await using var agent = await AgentInMemory.Start();
        Assert.Equal(1, (await CtlRun.OfPerson(agent, "", "drill")).Exit);
        Assert.Equal(2, (await CtlRun.Of(agent, "drill")).Exit);
        Assert.Empty(agent.Commands);
    }

    [Fact]
    public async Task A_drill_that_could_hurt_is_refused_with_5()
    {
        await using var agent = await AgentInMemory.Start();
        var healthy = Reports.Healthy;
        var peer = healthy.Nodes[1];

        await Refused(agent, Reports.Degraded, null, "the cluster is degraded");
        await Refused(agent, healthy with { Master = "haproxy-2" }, null, "run it on haproxy-2");
        await Refused(agent, healthy, "haproxy-9", "there is no node haproxy-9; expected one of haproxy-2");
        await Refused(agent, healthy, "haproxy-1", "haproxy-1 is master already");
        foreach (var unable in new[] { peer with { Fit = false }, peer with { Api = "failing" }, peer with { HeardS = 35, Up = false }, peer with { Maintenance = true }, peer with { HearsMe = false } })
            await Refused(agent, healthy with { Nodes = [healthy.Nodes[0], unable] }, null, "the cluster is not redundant");
        Assert.Empty(agent.Commands);
    }

    [Theory]
    [InlineData(3, 0, false, 0, "")]
    [InlineData(3, 1, false, 0, "")]
    [InlineData(3, 2, false, 0, "")]
    [InlineData(3, 3, false, 5, "it takes 1 move away from a fit holder, and of 3 in 10 min 0 are left (rule C8); it fits again in 1 min 40 s")]
    [InlineData(3, 1, true, 0, "")]
    [InlineData(3, 2, true, 5, "it takes 2 moves away from a fit holder, and of 3 in 10 min 1 is left (rule C8); it fits again in 1 min 40 s, or now without --back")]
    [InlineData(3, 3, true, 5, "it takes 2 moves away from a fit holder, and of 3 in 10 min 0 are left (rule C8); it fits again in 3 min 20 s")]
    [InlineData(3, 5, true, 5, "0 are left (rule C8); it fits again in 6 min 40 s")]
    [InlineData(1, 0, true, 5, "it takes 2 moves away from a fit holder, and of 1 in 10 min 1 is left (rule C8), or now without --back")]
    public async Task C8_a_drill_that_does_not_fit_into_the_budget_is_refused_before_anything_moves(int max, int counted, bool back, int exit, string why)
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = command => Moved(agent, command is Command.ReleaseMaster ? "haproxy-2" : "haproxy-1");
        var free = Enumerable.Range(1, counted).Select(n => n * 100.0).ToList();
        agent.Report = Reports.Healthy with { MoveBudget = new FlipAgent.Reporting.MoveBudgetReport(max, 600, Math.Max(0, max - counted), free) };

        var run = await CtlRun.Of(agent, ["drill", "--yes", .. back ? (string[])["--back"] : []]);

        Assert.Equal(exit, run.Exit);
        Assert.Contains(why, run.Error);
        Assert.Equal(exit == 0 ? (back ? 2 : 1) : 0, agent.Commands.Count);
    }

    [Fact]
    public async Task C8_a_peer_that_hands_the_mastership_back_moved_nothing()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = _ =>
        {
            agent.Happened(Reports.Event(1, 7, "released", "haproxy-1 gives up") with { Cause = "release by command" });
            agent.Happened(Reports.Event(2, 9, "became-master", "haproxy-1 is master of term 9") with { Cause = "flap-hold" });
            agent.Report = agent.Report with { Term = 9 };
            return new CommandAnswer(null, "released the mastership to haproxy-2");
        };

        var run = await CtlRun.Of(agent, "drill", "--back", "--yes");

        Assert.Equal(5, run.Exit);
        Assert.Contains("haproxy-1 -> haproxy-2: haproxy-2 handed the mastership back: it has counted too many moves away from a fit holder (flap-hold, rule C8). "
            + "Nothing moved, 203.0.113.10 is at haproxy-1\n", run.Error);
        Assert.Equal(new Command.ReleaseMaster("haproxy-2"), Assert.Single(agent.Commands));
    }

    [Fact]
    public async Task A_drill_whose_way_back_fails_says_where_the_address_is_and_how_it_comes_back()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = command =>
        {
            if (command is not Command.ReleaseMaster)
                return new CommandAnswer("flap-hold is on: the floating IP was moved away from fit holders too often; promote --yes overrides it", "");
            var moved = Moved(agent, "haproxy-2");
            agent.Report = agent.Report with { MoveBudget = new FlipAgent.Reporting.MoveBudgetReport(3, 600, 0, [95, 300, 600]) };
            return moved;
        };

        var run = await CtlRun.Of(agent, "drill", "--back", "--yes");

        Assert.Equal(5, run.Exit);
        Assert.EndsWith("flipagentctl: flap-hold is on: the floating IP was moved away from fit holders too often; promote --yes overrides it\n"
            + "The drill has not come back: 203.0.113.10 is at haproxy-2, and haproxy-2 is master. To bring it back: flipagentctl promote on haproxy-1 in 1 min 35 s, or now with --yes.\n", run.Error);
    }

    private static async Task Refused(AgentInMemory agent, FlipAgent.Reporting.StatusReport report, string? to, string why)
    {
        agent.Report = report;
        var run = await CtlRun.Of(agent, ["drill", "--yes", .. to is null ? (string[])[] : ["--to", to]]);
        Assert.Equal(5, run.Exit);
        Assert.Contains(why, run.Error);
    }

    private static async Task<AgentInMemory> Backup()
    {
        var agent = await AgentInMemory.Start();
        Moved(agent, "haproxy-2");
        return agent;
    }

    private static CommandAnswer Moved(AgentInMemory agent, string to)
    {
        var from = to == "haproxy-1" ? "haproxy-2" : "haproxy-1";
        agent.Report = Reports.Healthy with
        {
            Master = to,
            Role = to == "haproxy-1" ? "master" : "backup",
            FloatingIp = Reports.Healthy.FloatingIp with { Holder = to },
            LastMove = new FlipAgent.Reporting.MoveReport(8, Reports.Noon, from, to, "release by command", 1, 900, 50),
        };
        return new CommandAnswer(null, $"asked for {to}");
    }
}
