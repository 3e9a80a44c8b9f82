using System.Text.Json;
using FlipAgent.Control;
using FlipAgent.Ctl;
using FlipAgent.Harness;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

public class StatusVerbTests
{
    [Fact]
    public void A_healthy_cluster_reads_like_this()
    {
        var terminal = CtlRun.Plain();

        StatusView.Write(Reports.Healthy, terminal, Reports.Noon.AddHours(3));

        Assert.Equal(
            """
            OK  haproxy-1 is master and holds 203.0.113.10 (seen 1 s ago)
            NODE         ROLE    PRIO  FIT  API  HOLDS  HEARD  VERSION  SEES
            haproxy-1 *  master  150   yes  ok   yes    -      1.1.0    ok
            haproxy-2    backup  100   yes  ok   -      0.4 s  1.1.0    ok

            CHECK    KIND     STATE  SINCE    DETAIL
            haproxy  process  up     3 h ago  pid 812, active (running)
            site     http     up     3 h ago  200 in 3 ms

            Lease: haproxy-1 has it, term 7, 3.9 of 5 s left; 1 of 1 members of the store answer
            Last move: 2026-01-01 12:00:00Z term 7: haproxy-2 -> haproxy-1 in 1.4 s, haproxy-2 released: check haproxy is down (detect 12 ms, assign 1100 ms, verify 240 ms)

            """, terminal.Out.ToString());
    }

    [Fact]
    public void Several_addresses_have_a_table()
    {
        var terminal = CtlRun.Plain();

        StatusView.Write(Reports.TwoAddresses, terminal, Reports.Noon.AddHours(3));

        Assert.Contains(
            """

            ADDRESS       HOLDER     SEEN     CLAIM
            203.0.113.10  haproxy-1  1 s ago  held
            2001:db8::1   haproxy-2  1 s ago  claiming

            """, terminal.Out.ToString());
        var page = StatusPage.Render(Reports.TwoAddresses, [], Reports.Noon);
        Assert.Contains("<span>2001:db8::1</span>", page);
        Assert.DoesNotContain("Floating IPs", StatusPage.Render(Reports.Healthy, [], Reports.Noon));
    }

    [Fact]
    public void A_degraded_one_says_what_to_worry_about()
    {
        var terminal = CtlRun.Plain();
        var nodes = Reports.Degraded.Nodes;

        StatusView.Write(Reports.Degraded with
        {
            Nodes =
            [
                nodes[0],
                nodes[1] with { EffectivePriority = 80, HearsMe = false, Version = "1.0.1" },
                nodes[1] with { Name = "haproxy-3", Role = "backup", Fit = false, Maintenance = true, Holds = false, HeardS = null, HearsMe = null, Version = null, Rejected = "its key is different" },
            ],
        }, terminal, Reports.Noon);

        Assert.Equal(
            """
            DEGRADED  haproxy-2 is master and holds 203.0.113.10, but there is no fit node besides it
            NODE         ROLE    PRIO    FIT    API  HOLDS  HEARD  VERSION  SEES
            haproxy-1 *  fault   150     no     ok   -      -      1.1.0    ok
            haproxy-2    master  80/100  yes    ok   yes    0.4 s  1.0.1    ok
            haproxy-3    backup  100     maint  ok   -      never  -        ok

            CHECK    KIND     STATE  SINCE    DETAIL
            haproxy  process  down   0 s ago  inactive (dead)
            site     http     down   0 s ago  connection refused

            Lease: haproxy-1 has it, term 7, 3.9 of 5 s left; 1 of 1 members of the store answer
            Last move: 2026-01-01 13:00:00Z term 8: haproxy-1 -> haproxy-2, check haproxy is down
            Warning: hearing haproxy-3, but its key is different
            Warning: not redundant: haproxy-2 is the only fit node

            """, terminal.Out.ToString());
    }

    [Fact]
    public void Long_texts_are_neither_wrapped_nor_cut_and_cannot_repaint_the_screen()
    {
        var terminal = CtlRun.Plain();
        var detail = string.Join(' ', Enumerable.Repeat("word", 300));

        StatusView.Write(Reports.Healthy with { Checks = [Reports.Healthy.Checks[0] with { Detail = detail + "\x1b[2J\n[red]x[/]" }] }, terminal, Reports.Noon);

        var line = Assert.Single(terminal.Out.ToString()!.Split('\n'), line => line.StartsWith("haproxy  process"));
        Assert.EndsWith(detail + ".[2J.[red]x[/]", line);
    }

    [Fact]
    public void A_terminal_gets_colours_and_the_same_columns()
    {
        var terminal = CtlRun.Plain() with { Live = true };

        StatusView.Write(Reports.Degraded, terminal, Reports.Noon);

        var text = terminal.Out.ToString()!;
        Assert.Contains("\x1b[", text);
        var plain = CtlRun.Plain();
        StatusView.Write(Reports.Degraded, plain, Reports.Noon);
        var stripped = System.Text.RegularExpressions.Regex.Replace(text, "\x1b\\[[0-9;]*m", "");
        Assert.Equal(plain.Out.ToString(), string.Join('\n', stripped.Split('\n').Select(line => line.TrimEnd())));
    }

    [Theory]
    [InlineData("ok", ExitCode.Done)]
    [InlineData("degraded", ExitCode.Degraded)]
    [InlineData("critical", ExitCode.Degraded)]
    public async Task The_verdict_is_the_exit_code_and_everything_is_printed_all_the_same(string verdict, int exit)
    {
        await using var agent = await AgentInMemory.Start();
        agent.Report = Reports.Degraded with { Verdict = verdict };

        var table = await CtlRun.Of(agent, "status");
        var json = await CtlRun.Of(agent, "status", "--json");

        Assert.Equal((exit, exit), (table.Exit, json.Exit));
        Assert.StartsWith(verdict.ToUpperInvariant() + "  haproxy-2 is master", table.Out);
        Assert.Equal(verdict, JsonDocument.Parse(json.Out).RootElement.GetProperty("verdict").GetString());
        Assert.Equal("", table.Error + json.Error);
    }

    [Fact]
    public async Task Watching_draws_it_again_and_survives_the_agents_end()
    {
        await using var agent = await AgentInMemory.Start();
        var output = new StringWriter();
        using var stop = new CancellationTokenSource();
        var watching = CtlRun.With(CtlRun.Plain() with { Out = output }, stop.Token, "--socket", agent.Socket, "status", "--watch");

        await Until.TrueAsync(() => Count(output, "OK  haproxy-1 is master") >= 2, "the output");
        await agent.StopServing();
        await Until.TrueAsync(() => Count(output, "the agent is not running here") >= 1, "the output");

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    private static int Count(StringWriter output, string text)
    {
        // StringBuilder is read while the verb writes; a copy that fails is tried again.
        try
        {
            return output.ToString().Split(text).Length - 1;
        }
        catch (ArgumentException)
        {
            return 0;
        }
    }
}
