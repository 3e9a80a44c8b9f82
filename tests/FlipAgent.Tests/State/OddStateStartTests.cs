using FlipAgent.Harness;
using FlipAgent.Tests.Reload;

namespace FlipAgent.Tests.State;

/// <summary>The real agent on the files that kept 1.0.0 from starting, for ever.</summary>
public sealed class OddStateStartTests
{
    [Theory]
    [InlineData("hold_ms", "9223372036854775807")]
    [InlineData("superseded_ms", "9223372036854775807")]
    [InlineData("maintenance_ms", "-9223372036854775808")]
    [InlineData("peer_sessions", "null")]
    [InlineData("verdicts", "null")]
    public async Task The_agent_starts_and_says_what_it_ignored(string field, string value)
    {
        await using var agent = await RunningAgent.Prepare("127.86.4", 25115);
        agent.Write(agent.Yaml([1, 2], ["{name: comm, process: {name: flipagent}}"], "off"));
        var file = Path.Combine(agent.StateDir, $"{RunningAgent.Cluster}.state.json");
        await File.WriteAllTextAsync(file, StateFolder.With(field, value));
        agent.Start();
        await agent.Answers();
        var status = await agent.Status();
        Assert.True((bool)status["maintenance"]!);
        Assert.Equal(7, (int)status["term"]!);
        var (exit, log) = await agent.Stop();
        Assert.Equal(0, exit);
        Assert.Single(log.Split('\n'), line => line.Contains($"a part of the state in {file} cannot be used", StringComparison.Ordinal));
        Assert.Contains($"{field} is {value}, expected", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task F15_pipes_in_place_of_all_that_is_in_the_two_directories_stop_neither_start_nor_reload_nor_end()
    {
        await using var agent = await RunningAgent.Prepare("127.86.5", 25116);
        string[] lasting = [.. new[] { "last-good.yaml", "api-addresses", $"{RunningAgent.Cluster}.state.json" }.Select(name => Path.Combine(agent.StateDir, name))];
        string[] ofThisBoot = [.. new[] { $"{RunningAgent.Cluster}.alive", $"{RunningAgent.Cluster}.state.json" }.Select(name => Path.Combine(agent.RuntimeDir, name))];
        foreach (var file in lasting.Concat(ofThisBoot))
            Shell.Must("mkfifo", file, file + ".new");
        agent.Write(agent.Yaml([1, 2], ["{name: comm, process: {name: flipagent}}"], "off"));
        agent.Start();
        await agent.Answers();
        foreach (var file in lasting.Concat(ofThisBoot))
            Shell.Run("mkfifo", file + ".new");
        await agent.Reload(agent.Yaml([1, 2, 3], ["{name: comm, process: {name: flipagent}}"], "off"));
        // The address of the API is no name here: nothing is kept of it.
        foreach (var file in lasting.Concat(ofThisBoot).Where(file => !file.EndsWith("addresses", StringComparison.Ordinal)))
            await Until.TrueAsync(() => File.Exists(file) && new FileInfo(file).Length > 0, $"{file} to be one");
        var (exit, log) = await agent.Stop();
        Assert.Equal(0, exit);
        Assert.Contains("it is a pipe", log, StringComparison.Ordinal);
    }
}
