using Xunit.Abstractions;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>A simulator that finds nothing proves nothing: it is given agents with a known bug and must notice each.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int Seeds = 2000;
    private static readonly PlantedBug s_none = new("none", "nothing");

    public static TheoryData<string> Names => [.. PlantedBugs.All.Select(b => b.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_bug_is_found_within_two_thousand_seeds(string name)
    {
        var bug = PlantedBugs.All.Single(b => b.Name == name);
        var build = SourceBuild.Of(bug);
        var found = build.Find(bug.From, Seeds);
        Assert.True(found is not null, $"no promise was broken in {Seeds} seeds from {bug.From} on by an agent that {bug.Breaks}");
        foreach (var line in build.Replay(found.Value.Seed))
            output.WriteLine(line);
        output.WriteLine(found.Value.Summary);
    }

    [Fact]
    public void Without_a_bug_the_same_build_plays_the_same_lives_and_nothing_is_found()
    {
        var build = SourceBuild.Of(s_none);
        Assert.Null(build.Find(0, 100));
        for (ulong seed = 0; seed < 10; seed++)
            Assert.Equal(FlipAgent.Sim.FirstFailure.Replay(seed), build.Replay(seed));
    }

    [Theory]
    [InlineData("no such text", 0)]
    [InlineData("now", 2)]
    public void An_original_that_is_not_there_once_names_the_bug_to_anchor_anew(string original, int count)
    {
        var bug = new PlantedBug("some-bug", "does nothing", new Edit("Election.cs", original, ""));
        var failure = Assert.Throws<PlantingFailed>(() => SourceBuild.Plant(bug, "if (now < until) Wake(s, now);", bug.Edits[0]));
        Assert.Contains("\"some-bug\"", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"once in Election.cs, and occurs {count} times", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replacement_that_does_not_compile_names_the_bug_to_anchor_anew()
    {
        var bug = new PlantedBug("some-bug", "does nothing", new Edit("Election.cs", "namespace FlipAgent.Core;", "namespace;"));
        var failure = Assert.Throws<PlantingFailed>(() => SourceBuild.Of(bug));
        Assert.Contains("\"some-bug\"", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Election.cs(", failure.Message, StringComparison.Ordinal);
    }
}
