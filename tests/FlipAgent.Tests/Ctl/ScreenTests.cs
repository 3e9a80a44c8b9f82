using FlipAgent.Ctl;
using FlipAgent.Harness;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

/// <summary>help, --version, and a status that is drawn again and again.</summary>
public class ScreenTests
{
    [Theory]
    [InlineData("help")]
    [InlineData("--help")]
    public async Task Help_lists_every_verb(params string[] args)
    {
        var run = await CtlRun.Of(args);
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Contains("import-keepalived", run.Out);
    }

    [Fact]
    public async Task Help_of_a_verb_is_that_verbs()
    {
        Assert.Equal((await CtlRun.Of("config", "check", "--help")).Out, (await CtlRun.Of("help", "config", "check")).Out);
        Assert.Equal(2, (await CtlRun.Of("help", "nonsense")).Exit);
    }

    [Fact]
    public async Task The_version_needs_no_agent()
    {
        var run = await CtlRun.Of("--version");
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Matches("^flipagentctl [0-9]+[.][0-9]+[.][0-9]+\n$", run.Out);
    }

    [Fact]
    public async Task Watching_draws_on_the_alternate_screen_and_gives_the_old_one_back()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Report = Reports.Healthy;
        using var stop = new CancellationTokenSource();
        var terminal = CtlRun.Plain() with { Live = true };
        var run = CtlProgram.Run(["--socket", agent.Socket, "status", "--watch"], terminal, stop.Token);
        var screen = (StringWriter)terminal.Out;
        await Until.TrueAsync(() => screen.ToString().Contains("haproxy-1 is master"), "it is drawn");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        var text = screen.ToString();
        Assert.StartsWith("\x1b[?1049h", text);
        Assert.EndsWith("\x1b[?1049l", text);
        // Erase in display 3 would take the scrollback, 2 would push a screen into it.
        Assert.DoesNotContain("\x1b[3J", text);
        Assert.DoesNotContain("\x1b[2J", text);
    }

    [Fact]
    public void A_frame_that_is_too_high_keeps_its_first_lines()
    {
        var terminal = CtlRun.Plain();
        using (var screen = new Screen(terminal))
            screen.Draw(string.Join('\n', Enumerable.Range(1, 500).Select(i => $"line {i}.")));
        var text = terminal.Out.ToString()!;
        Assert.Contains("line 1.", text);
        Assert.DoesNotContain("line 500.", text);
        Assert.Contains("more lines: the terminal is too small", text);
    }
}
