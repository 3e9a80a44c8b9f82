using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Redaction;

namespace FlipAgent.Tests;

/// <summary>What a check saw goes to status, page, log, events and adverts as it comes out of the runner: short, printable, without a secret, whichever kind of check it was.</summary>
public sealed class CheckDetailTests : IDisposable
{
    private const string Secret = "dop_v1_CHECKDETAIL0123456789abcdef";

    private readonly CheckBench _bench = new();

    public CheckDetailTests() => Redactor.Register(Secret);

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whatever_a_check_says_is_redacted_cut_and_printable_everywhere(bool pushed)
    {
        var said = $"it said {Secret}\u001b[31m\U000E0041 {new string('x', 3_000_000)}";
        var (posted, told) = (new List<Input>(), new Says(said));
        using var runner = new CheckRunner([Config("odd")], _bench.Exits, _bench.Bus, input => { lock (posted) posted.Add(input); }, null, (_, context) => told.With(context));
        runner.Start();
        Until.True(() => runner.Snapshots[0].Up == false, () => "the first verdict");
        if (pushed)
            told.Push();

        var details = new List<string> { runner.Snapshots[0].Detail, Assert.Single(await runner.CheckNow(CancellationToken.None)).Detail };
        lock (posted)
            details.AddRange(posted.OfType<Input.CheckChanged>().Select(change => change.Detail));

        Assert.True(details.Count > 2);
        Assert.All(details, detail =>
        {
            Assert.StartsWith("it said ***.[31m. xxx", detail);
            Assert.InRange(detail.Length, CheckResult.LongestDetail - 1, CheckResult.LongestDetail + 40);
        });
    }

    [Fact]
    public async Task What_one_check_says_of_another_is_bounded_too()
    {
        var much = new string('y', 100_000);
        // The page may be looked at before there is a word of the other: then its second look counts.
        using var runner = new CheckRunner(
            [Config("page") with { Interval = TimeSpan.FromMilliseconds(100) }, new CheckConfig.HaProxy("/nowhere") { Name = "stats" }], _bench.Exits, _bench.Bus, _ => { }, null,
            (config, _) => new Says(much) { Result = config is CheckConfig.HaProxy ? new(Outcome.Degraded, much) { Saturated = true } : CheckResult.NoAnswer(much) });
        runner.Start();
        Until.True(() => runner.Snapshots is [{ Up: not null, Detail: var detail }, { Up: not null }] && detail.Contains("not down, for stats says"), () => "what one says of the other");
        Assert.InRange(runner.Snapshots[0].Detail.Length, 1, (2 * CheckResult.LongestDetail) + 100);
        Assert.InRange((await runner.CheckNow(CancellationToken.None))[0].Detail.Length, 1, (2 * CheckResult.LongestDetail) + 100);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(190)]
    [InlineData(199)]
    [InlineData(4080)]
    public async Task A_program_that_prints_a_secret_shows_no_part_of_it(int before)
    {
        var script = _bench.Script("check", $"#!/usr/bin/python3\nimport sys\nprint('x' * {before} + '{Secret}')\nsys.exit(1)\n");
        _bench.Run(CheckBench.Quick(new CheckConfig.Exec([script]) { Name = "script" }));
        var told = _bench.Await(up: false).Detail;
        foreach (var detail in new[] { told, _bench.Snapshot().Detail, Assert.Single(await _bench.Runner.CheckNow(CancellationToken.None)).Detail })
            Assert.DoesNotContain("dop_", detail);
        Assert.Equal(before <= 190, told.EndsWith("***", StringComparison.Ordinal));
    }

    /// <summary>As many secrets as go into what is kept of a line: the last of them is cut, and what is before it shrinks.</summary>
    [Fact]
    public async Task A_program_that_prints_a_secret_without_end_shows_no_part_of_it()
    {
        using var check = new ExecCheck(["/usr/bin/python3", "-c", $"print('{Secret}' * 1000)"]);
        Assert.DoesNotContain("dop_", (await check.Run(TimeSpan.FromSeconds(10), CancellationToken.None)).Detail);
    }

    [Fact]
    public void A_pid_file_that_is_the_file_of_a_secret_shows_no_part_of_it()
    {
        const string longSecret = "LONGPIDSECRET0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        Redactor.Register(longSecret);
        Assert.EndsWith("holds no pid but '***'", PidFile.Read(_bench.File("token", Secret + "\n")).Problem);
        Assert.EndsWith("holds no pid but '***'", PidFile.Read(_bench.File("long", longSecret + "\n")).Problem);
        Assert.EndsWith("holds no pid but 'd'", PidFile.Read(_bench.File("short", "d")).Problem);
    }

    [Fact]
    public void No_release_carries_a_secret_to_the_network()
    {
        using var runner = new CheckRunner([Config("s")], _bench.Exits, _bench.Bus, Posted, null, (_, _) => new Says(ShortSecret));
        Redactor.Register(ShortSecret);
        runner.Start();
        Until.True(() => Told is not null, () => "the verdict");
        Assert.Equal("check s is down: ***", ReleaseCause.OnWire(new Cause.CheckDown("s", Told!)));
    }

    private const string ShortSecret = "WIREPASSWD12";

    private string? Told { get; set; }

    private void Posted(Input input) => Told = (input as Input.CheckChanged)?.Detail ?? Told;

    private static CheckConfig.Http Config(string name) =>
        new(new Uri("http://127.0.0.1:1/"), [], Host: null, Sni: null, VerifyTls: true, ProxyV2: false) { Name = name, Interval = TimeSpan.FromSeconds(60), Timeout = TimeSpan.FromSeconds(5), Rise = 1, Fall = 1 };

    private sealed class Says(string detail) : Check
    {
        private CheckContext? _context;

        public CheckResult Result { get; init; } = new(Outcome.Failed, detail);

        public Says With(CheckContext context)
        {
            _context = context;
            return this;
        }

        public void Push() => _context!.Push(new(Outcome.Dead, detail));

        public override Task<CheckResult> Run(TimeSpan within, CancellationToken stop) => Task.FromResult(Result);
    }
}
