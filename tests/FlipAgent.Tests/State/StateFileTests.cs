using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Kernel;
using FlipAgent.State;
using FlipAgent.Tests.Config;

namespace FlipAgent.Tests.State;

/// <summary>Whatever is in a state file, the agent starts: what cannot be read is lost and named, and costs nothing that stands beside it.</summary>
public sealed class StateFileTests
{
    private static readonly ClusterSettings s_settings = Sample.Valid(Sample.Minimal, "haproxy-1").ToClusterSettings();

    /// <summary>One field of a good file with another value, and what is left of it.</summary>
    public static TheoryData<string, string> OddFields => new()
    {
        { "hold_ms", "9223372036854775807" }, { "hold_ms", "-9223372036854775808" }, { "hold_ms", "-1" }, { "hold_ms", "15001" }, { "hold_ms", "1e308" },
        { "hold_ms", "\"15000\"" }, { "hold_ms", "null" }, { "hold_ms", "[[[1]]]" }, { "hold_ms", "0.5" },
        { "boot_ms", "9223372036854775807" }, { "boot_ms", "-922337203685477" }, { "boot_ms", "1e308" }, { "boot_ms", "99999999999999999999999" },
        { "superseded_ms", "9223372036854775807" }, { "superseded_ms", "-1" }, { "superseded_ms", "4800001" }, { "superseded_ms", "true" },
        { "superseded_count", "-1" }, { "superseded_count", "2147483647" }, { "superseded_by", "7" },
        { "maintenance_ms", "9223372036854775807" }, { "maintenance_ms", "-9223372036854775808" }, { "maintenance_ms", "1e308" }, { "maintenance_ms", "{}" },
        { "peer_sessions", "null" }, { "peer_sessions", "[]" }, { "peer_sessions", "{\"haproxy-2\":-1}" }, { "peer_sessions", "{\"haproxy-2\":18446744073709551615}" },
        { "peer_sessions", "{\"\\ud800\":1}" }, { "verdicts", "null" }, { "verdicts", "{\"haproxy\":1}" }, { "verdicts", "\"haproxy\"" },
        { "term", "4294967296" }, { "term", "1e10" }, { "term", "-1" }, { "master_term", "4294967296" }, { "session", "18446744073709551615" },
        { "session", "-1" }, { "role", "99" }, { "role", "-1" }, { "role", "\"master\"" }, { "boot_id", "7" }, { "maintenance_reason", "\"\\udc00\"" },
        { "maintenance_reason", "{\"a\":{\"b\":[null]}}" }, { "assign_under_way", "1" },
    };

    /// <summary>Nothing of these can be read.</summary>
    public static TheoryData<string> OddFiles => new()
    {
        "", " ", "null", "[]", "7", "\"text\"", "{", "{\"term\":7", "{\"term\":7}}", "{\"hold_ms\":NaN}", "{\"hold_ms\":Infinity}", "{'term':7}", "{\"term\":07}", "\0\0\0\0", "\u00ff\u00fe",
        new string('[', 5000), "{\"a\":" + new string('[', 5000) + new string(']', 5000) + "}", "{\"maintenance_reason\":\"" + new string('x', 300_000) + "\"}",
    };

    [Theory]
    [MemberData(nameof(OddFields))]
    public void An_odd_field_is_named_and_costs_only_itself(string field, string value)
    {
        using var folder = new StateFolder();
        File.WriteAllText(folder.OfThisBoot, StateFolder.With(field, value));
        File.WriteAllText(folder.Lasting, StateFolder.With(field, value));
        var last = folder.Load(out var problems);
        Assert.NotNull(last);
        Assert.All(problems, p => Assert.True(p.StartsWith(folder.OfThisBoot, StringComparison.Ordinal) || p.StartsWith(folder.Lasting, StringComparison.Ordinal), p));
        Assert.Contains(problems, p => p.Contains(field, StringComparison.Ordinal));
        Assert.True(problems.Length <= 2, string.Join('\n', problems));
        var r = last.Remembered;
        Assert.True(r.Maintenance);
        Assert.Equal(field == "term" ? 0u : 7u, r.Term);
        Assert.Equal(field == "maintenance_ms" ? null : TimeSpan.FromHours(1), r.MaintenanceFor);
        Assert.Equal(field == "superseded_by" ? null : "haproxy-2", r.SupersededBy);
        Assert.Equal(TimeSpan.FromMinutes(10), r.SupersededFor);
        Assert.InRange(last.Age, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        var state = Begin(last);
        Assert.True(state.Maintenance.On);
        Assert.Equal(new FlipAgent.Core.Cause.InMaintenance(field == "maintenance_reason" ? null : "kernel"), state.Fitness.UnfitBecause);
    }

    [Theory]
    [MemberData(nameof(OddFiles))]
    public void A_file_of_which_nothing_can_be_read_is_named_once_and_the_other_one_counts(string text)
    {
        using var folder = new StateFolder();
        File.WriteAllText(folder.OfThisBoot, text);
        Assert.Null(folder.Load(out var problems));
        Assert.StartsWith(folder.OfThisBoot, Assert.Single(problems));
        Begin(null);
        File.WriteAllText(folder.Lasting, StateFolder.Written);
        var last = folder.Load(out problems);
        Assert.Single(problems);
        Assert.Equal((7u, true, true), (last!.Remembered.Term, last.Remembered.Maintenance, last.SameBoot));
        Begin(last);
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("922337203685478")]
    [InlineData("-1")]
    [InlineData("1e308")]
    [InlineData("NaN")]
    [InlineData("soon")]
    [InlineData("")]
    public void An_odd_sign_of_life_does_not_count(string text)
    {
        using var folder = new StateFolder();
        File.WriteAllText(folder.OfThisBoot, StateFolder.Written);
        File.WriteAllText(folder.Alive, text);
        var last = folder.Load(out var problems)!;
        Assert.StartsWith(folder.Alive, Assert.Single(problems));
        Assert.True(last.SameBoot);
        Assert.InRange(last.Age, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Begin(last);
    }

    [Fact]
    public void A_file_of_this_boot_that_does_not_say_when_it_was_written_counts_like_one_of_an_earlier_boot()
    {
        using var folder = new StateFolder();
        File.WriteAllText(folder.OfThisBoot, StateFolder.With("boot_ms", $"{StateFolder.BootMs + 3_600_000}"));
        var last = folder.Load(out var problems)!;
        Assert.Contains("boot_ms", Assert.Single(problems));
        Assert.Equal((false, TimeSpan.Zero, TimeSpan.FromHours(1)), (last.SameBoot, last.Age, last.Remembered.MaintenanceFor));
    }

    [Fact]
    public void What_is_no_file_is_named_and_nobody_waits_for_it()
    {
        using var folder = new StateFolder();
        Directory.CreateDirectory(folder.OfThisBoot);
        Directory.CreateDirectory(folder.Alive);
        Shell.Must("mkfifo", folder.Lasting);
        Assert.Null(folder.Load(out var problems));
        Assert.Equal([$"{folder.OfThisBoot}: it is a directory", $"{folder.Lasting}: it is a pipe"], problems);
        File.Delete(folder.Lasting);
        File.CreateSymbolicLink(folder.Lasting, folder.Lasting);
        Assert.Null(folder.Load(out problems));
        Assert.Contains("symbolic links", problems[1]);
        // Nor does writing stop anybody.
        using var file = folder.Open();
        file.Save(new Remembered());
        file.Flush(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void The_newer_of_the_two_counts_whichever_it_is()
    {
        using var folder = new StateFolder();
        // The runtime directory was full: what stands there is from before the maintenance.
        File.WriteAllText(folder.OfThisBoot, StateFolder.With("boot_ms", "1000").Replace("\"maintenance\":true", "\"maintenance\":false", StringComparison.Ordinal));
        File.WriteAllText(folder.Lasting, StateFolder.Written);
        Assert.Equal((true, true), (folder.Load(out var problems)!.Remembered.Maintenance, folder.Load(out _)!.SameBoot));
        Assert.Empty(problems);
        // The state directory was full: what stands there is from an earlier run.
        File.WriteAllText(folder.Lasting, StateFolder.With("session", "1790000000122").Replace("\"maintenance\":true", "\"maintenance\":false", StringComparison.Ordinal));
        File.WriteAllText(folder.OfThisBoot, StateFolder.Written);
        Assert.True(folder.Load(out _)!.Remembered.Maintenance);
        // A time that is yet to come makes nothing newer.
        File.WriteAllText(folder.Lasting, StateFolder.With("boot_ms", $"{StateFolder.BootMs + 3_600_000}").Replace("\"maintenance\":true", "\"maintenance\":false", StringComparison.Ordinal));
        Assert.True(folder.Load(out _)!.Remembered.Maintenance);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void F15_with_one_place_full_the_other_is_written_and_the_first_again_when_it_has_room(bool runtimeIsFull)
    {
        using var folder = new StateFolder();
        var (full, free) = runtimeIsFull ? (folder.OfThisBoot, folder.Lasting) : (folder.Lasting, folder.OfThisBoot);
        // No file can be made where a directory is, whoever asks.
        Directory.CreateDirectory(full + ".new");
        List<string?> outcomes = [];
        using var file = new StateFile(folder.StateDir, folder.RuntimeDir, "web-lb", outcomes.Add);
        file.Save(new Remembered { Maintenance = true, MaintenanceFor = TimeSpan.FromHours(1) });
        file.Flush(TimeSpan.FromSeconds(10));
        Assert.Contains("\"maintenance\":true", File.ReadAllText(free));
        Assert.StartsWith(full, file.Problem);
        Directory.Delete(full + ".new");
        Assert.True(SpinWait.SpinUntil(() => file.Problem is null, TimeSpan.FromSeconds(30)));
        Assert.Equal(File.ReadAllText(free), File.ReadAllText(full));
        Assert.Equal(2, outcomes.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".new")]
    public void F15_a_pipe_or_a_link_in_the_way_of_a_file_gives_way_to_it_and_nothing_outside_is_written_to(string ending)
    {
        using var folder = new StateFolder();
        var outside = Path.Combine(folder.StateDir, "outside");
        File.WriteAllText(outside, "mine");
        Shell.Must("mkfifo", folder.OfThisBoot + ending);
        File.CreateSymbolicLink(folder.Lasting + ending, outside);
        using var file = folder.Open();
        file.Save(new Remembered { Term = 9 });
        file.Flush(TimeSpan.FromSeconds(20));
        Assert.Null(file.Problem);
        foreach (var path in new[] { folder.OfThisBoot, folder.Lasting })
        {
            Assert.Null(new FileInfo(path).LinkTarget);
            Assert.Contains("\"term\":9", File.ReadAllText(path));
            Assert.False(Path.Exists(path + ".new"));
        }
        Assert.Equal("mine", File.ReadAllText(outside));
    }

    /// <summary>Who orders a maintenance must hear that a reboot would forget it.</summary>
    [Fact]
    public void What_has_not_reached_the_disk_that_survives_a_reboot_is_said_at_once()
    {
        using var folder = new StateFolder(false);
        using var end = new ManualResetEventSlim();
        var fails = true;
        string? Place(string path, byte[] content)
        {
            if (path != folder.Lasting)
                return null;
            end.Wait();
            return fails ? "no space left on device" : null;
        }
        using var file = new StateFile(folder.StateDir, folder.RuntimeDir, "web-lb", _ => { }, place: Place);
        Assert.Null(file.NotLasting(TimeSpan.Zero));
        file.Save(new Remembered { Maintenance = true });
        Assert.Equal($"{folder.Lasting}: the disk has not answered yet", file.NotLasting(TimeSpan.FromMilliseconds(100)));
        end.Set();
        Until.True(() => file.NotLasting(TimeSpan.FromSeconds(1)) == $"{folder.Lasting}: no space left on device", () => "the failure");
        fails = false;
        file.Save(new Remembered { Maintenance = false });
        Until.True(() => file.NotLasting(TimeSpan.FromSeconds(1)) is null, () => "the disk to take it");
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void F15_a_disk_that_hangs_holds_up_neither_the_other_file_nor_the_stamp_and_is_told_once(bool runtimeHangs, bool inMemory)
    {
        using var folder = new StateFolder(inMemory);
        using var end = new ManualResetEventSlim();
        var (hung, free) = runtimeHangs ? (folder.OfThisBoot, folder.Lasting) : (folder.Lasting, folder.OfThisBoot);
        ConcurrentQueue<string?> outcomes = [];
        string? Place(string path, byte[] content)
        {
            if (path == hung)
                end.Wait();
            return PlacedFile.Renew(path, content);
        }
        using var file = new StateFile(folder.StateDir, folder.RuntimeDir, "web-lb", outcomes.Enqueue, place: Place, patience: TimeSpan.FromSeconds(1));
        file.Save(new Remembered { Term = 8 });
        Until.True(() => File.Exists(free), () => "the other file");
        file.Save(new Remembered { Term = 9 });
        Until.True(() => File.ReadAllText(free).Contains("\"term\":9", StringComparison.Ordinal), () => "the other file again");
        // It is told by those who are awake anyhow; nobody wakes for it.
        Until.True(
            () =>
            {
                file.Stamp();
                return !outcomes.IsEmpty;
            },
            () => "the disk that hangs to be told");
        Assert.Equal($"{hung}: the disk has not answered for 1 s", Assert.Single(outcomes));
        Assert.Equal(outcomes.Single(), file.Problem);
        Assert.Equal(!runtimeHangs, File.Exists(folder.Alive));
        end.Set();
        file.Flush(TimeSpan.FromSeconds(20));
        Until.True(() => outcomes.Count == 2, () => "the end of it to be told");
        Assert.Null(outcomes.Last());
        Assert.Contains("\"term\":9", File.ReadAllText(hung));
    }

    [Fact]
    public void F15_where_both_places_fail_that_is_one_event()
    {
        using var folder = new StateFolder();
        Directory.CreateDirectory(folder.OfThisBoot + ".new");
        Directory.CreateDirectory(folder.Lasting + ".new");
        ConcurrentQueue<string?> outcomes = [];
        using var file = new StateFile(folder.StateDir, folder.RuntimeDir, "web-lb", outcomes.Enqueue);
        file.Save(new Remembered());
        file.Flush(TimeSpan.FromSeconds(20));
        Until.True(() => !outcomes.IsEmpty, () => "what both fail of");
        file.Save(new Remembered { Term = 2 });
        file.Flush(TimeSpan.FromSeconds(20));
        var told = Assert.Single(outcomes);
        Assert.StartsWith(folder.OfThisBoot, told);
        Assert.Contains($"; {folder.Lasting}: ", told);
    }

    [Fact]
    public void A_term_at_the_end_of_the_range_is_read_as_it_is()
    {
        using var folder = new StateFolder();
        File.WriteAllText(folder.OfThisBoot, StateFolder.With("term", $"{uint.MaxValue}"));
        Assert.Equal(uint.MaxValue, folder.Load(out var problems)!.Remembered.Term);
        Assert.Empty(problems);
    }

    [Fact]
    public void Without_files_there_is_nothing_to_say()
    {
        using var folder = new StateFolder();
        Assert.Null(folder.Load(out var problems));
        Assert.Empty(problems);
    }

    [Fact]
    public void A_file_with_a_thousand_faults_is_not_a_thousand_lines_of_log()
    {
        using var folder = new StateFolder();
        File.WriteAllText(folder.OfThisBoot, StateFolder.With("verdicts", "{" + string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"c{i}\":{i}")) + "}"));
        folder.Load(out var problems);
        Assert.Equal(8, problems.Length);
        Assert.EndsWith("there is more of the kind", problems[^1]);
    }

    [Fact]
    public void The_file_of_1_0_0_is_read_as_before()
    {
        foreach (var encoding in new Encoding[] { new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode })
        {
            using var folder = new StateFolder();
            // A key that comes twice: the last one counts. What only another version knows is nobody's concern.
            File.WriteAllText(folder.OfThisBoot, "{\"term\":3,\"later\":{\"x\":[1]}," + StateFolder.Written[1..], encoding);
            var last = folder.Load(out var problems)!;
            Assert.Empty(problems);
            Assert.True(last.SameBoot);
            var before = JsonSerializer.Deserialize(StateFolder.Written, StateJson.Default.StateDocument)!.ToRemembered();
            var now = last.Remembered;
            Assert.Equal(before.PeerSessions.Order(), now.PeerSessions.Order());
            Assert.Equal(before.Verdicts.OrderBy(v => v.Key), now.Verdicts.OrderBy(v => v.Key));
            Assert.Equal(before, now with { PeerSessions = before.PeerSessions, Verdicts = before.Verdicts });
        }
    }

    [Fact]
    public void What_is_written_has_the_form_of_1_0_0_and_comes_back_whole()
    {
        using var folder = new StateFolder();
        File.WriteAllText(folder.OfThisBoot, StateFolder.Written);
        var remembered = folder.Load(out _)!.Remembered;
        using (var file = folder.Open())
        {
            file.Save(remembered);
            file.Flush(TimeSpan.FromSeconds(10));
        }
        var boot = JsonDocument.Parse(File.ReadAllText(folder.Lasting)).RootElement.GetProperty("boot_ms").GetRawText();
        var expected = JsonDocument.Parse(StateFolder.With("boot_ms", boot));
        Assert.True(JsonElement.DeepEquals(expected.RootElement, JsonDocument.Parse(File.ReadAllText(folder.Lasting)).RootElement), File.ReadAllText(folder.Lasting));
        Assert.Equal(File.ReadAllText(folder.Lasting), File.ReadAllText(folder.OfThisBoot));
    }

    [Fact]
    public void Any_damage_to_a_good_file_lets_the_agent_start()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        using var folder = new StateFolder();
        var files = 0;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(3); files++)
        {
            var bytes = Damaged(random, StateFolder.Written);
            try
            {
                File.WriteAllBytes(random.Next(4) == 0 ? folder.Lasting : folder.OfThisBoot, bytes);
                File.WriteAllBytes(folder.Alive, random.Next(2) == 0 ? Damaged(random, $"{StateFolder.BootMs}") : []);
                Begin(folder.Load(out _));
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, file {files}: {Convert.ToBase64String(bytes)}\n{e}");
            }
        }
        Assert.True(files > 20, $"{files} files");
    }

    /// <summary>The election from this memory, and a minute of it.</summary>
    private static ElectionState Begin(LastRun? last)
    {
        var now = Clocks.Monotonic;
        List<Effect> effects = [];
        var state = Election.Start(s_settings, last, Clocks.WallMilliseconds, now);
        for (var step = 0; step < 60; step++, now += TimeSpan.FromSeconds(1))
        {
            Election.Step(state, new Input.Deadline(), now, effects);
            Election.Step(state, new Input.CheckChanged(step % 2, true, "up"), now, effects);
            Election.Step(state, new Input.HolderRead(now, ApiStatus.Ok, 3164444, false, true, null, ""), now, effects);
            foreach (var saved in effects.OfType<Effect.SaveState>())
                StateDocument.Of(saved.Remembered, "boot", now);
            effects.Clear();
            Election.BuildAdvert(state, now);
        }
        return state;
    }

    private static readonly string[] s_values =
    [
        "null", "true", "-1", "0", "1e308", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "4294967295", "{}", "[]", "\"\"", "\"\\ud800\"",
        "922337203685478", "9007199254740993", "{\"a\":null}", "{\"haproxy\":true}", "[[[[[]]]]]",
    ];

    private static byte[] Damaged(Random random, string good)
    {
        if (good[0] == '{' && random.Next(2) == 0)
        {
            var names = JsonDocument.Parse(good).RootElement.EnumerateObject().Select(f => f.Name).ToArray();
            for (var i = random.Next(1, 5); i > 0; i--)
                good = $"{good[..^1]},\"{names[random.Next(names.Length)]}\":{s_values[random.Next(s_values.Length)]}}}";
        }
        var bytes = Encoding.UTF8.GetBytes(good).ToList();
        for (var i = random.Next(0, 4); i > 0 && bytes.Count > 0; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes.RemoveRange(at, random.Next(bytes.Count - at + 1)); break;
                case 2: bytes.Insert(at, (byte)random.Next(256)); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, random.Next(Math.Min(40, bytes.Count - at)))); break;
                default: bytes[at] = (byte)"0123456789-+eE.\"{}[],:ntf"[random.Next(25)]; break;
            }
        }
        return [.. bytes];
    }
}
