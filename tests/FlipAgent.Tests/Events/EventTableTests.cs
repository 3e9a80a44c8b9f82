using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Harness;
using FlipAgent.Logging;

namespace FlipAgent.Tests.Events;

/// <summary>Everything that people are told stands in docs/events.md, where it can be read in one sitting. REWRITE=1 renews the page.</summary>
public partial class EventTableTests
{
    [Fact]
    public void The_page_shows_every_sentence_as_it_is()
    {
        var page = new StringBuilder("# What is said when\n\nWritten by the test `EventTableTests`; `REWRITE=1` renews it. The node that speaks is haproxy-1, in term 7.\n");
        AppendEvents(page);
        AppendCauses(page);
        AppendResults(page);
        var path = Repository.PathOf("docs/events.md");
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
            File.WriteAllText(path, page.ToString());
        Assert.Equal(File.ReadAllText(path), page.ToString());
    }

    [Fact]
    public void Every_kind_every_cause_and_every_outcome_has_a_row()
    {
        Assert.Equal(Enum.GetValues<EventKind>().Order(), EventExamples.All.Select(e => e.Kind).Distinct().Order());
        Assert.Equal(CasesOf<Cause>(), CauseExamples.Causes.Select(c => c.GetType().Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(CasesOf<CommandResult>(), CauseExamples.Results.Select(r => r.GetType().Name).Distinct().Order(StringComparer.Ordinal));
        Assert.All(Enum.GetValues<Rejection>(), reason => Assert.NotEmpty(Words.Of(reason)));
    }

    /// <summary>Who is woken at night does not know the rules by their numbers, and there are many IPs.</summary>
    [Fact]
    public void No_sentence_names_a_rule_or_leaves_a_gap_and_the_address_is_the_floating_IP()
    {
        var sentences = EventExamples.All.Select(e => Announcement.Of(e)).SelectMany(a => new[] { a.Text, a.Cause, a.Next }).OfType<string>()
            .Concat(CauseExamples.Causes.Where(c => c is not Cause.OfRelease).Select(CauseText.Of)).Concat(CauseExamples.Results.Select(r => CommandText.Of(r).Text));
        Assert.All(sentences, sentence =>
        {
            Assert.DoesNotMatch(RuleNumber(), sentence);
            Assert.DoesNotContain("the IP", sentence);
            Assert.DoesNotContain("  ", sentence);
            Assert.DoesNotContain(" :", sentence);
            Assert.DoesNotContain(" ,", sentence);
        });
    }

    [Fact]
    public void What_is_critical_says_what_to_do() =>
        Assert.All(EventExamples.All.Where(e => e.Severity == Severity.Critical), e => Assert.NotNull(Announcement.Of(e).Next));

    private static void AppendEvents(StringBuilder page)
    {
        page.Append("\n## Events\n\nAn informational event with a star is an alert all the same.\n\n| event | severity | sentence | cause | next |\n|---|---|---|---|---|\n");
        foreach (var (e, text, cause, next) in EventExamples.All.Select(e => Announcement.Of(e)))
            page.Append(CultureInfo.InvariantCulture, $"| {EventIds.Name(e.Kind)} | {Word(e.Severity)}{(e.Alert ? "*" : "")} | {text} | {cause} | {next} |\n");
    }

    private static void AppendCauses(StringBuilder page)
    {
        page.Append("\n## Causes\n\nThe phrase that a release carries to the peers is part of the protocol ([wire.md](wire.md)).\n\n| cause | phrase | in a release |\n|---|---|---|\n");
        foreach (var cause in CauseExamples.Causes)
            page.Append(CultureInfo.InvariantCulture, $"| {cause.GetType().Name} | {CauseText.Of(cause)} | {(cause is Cause.OfRelease release ? ReleaseCause.OnWire(release) : "")} |\n");
    }

    private static void AppendResults(StringBuilder page)
    {
        page.Append("\n## Answers to commands\n\n| outcome | | answer |\n|---|---|---|\n");
        foreach (var result in CauseExamples.Results)
            page.Append(CultureInfo.InvariantCulture, $"| {result.GetType().Name} | {(result is CommandResult.Done ? "done" : "refused")} | {CommandText.Of(result).Text} |\n");
    }

    private static string Word(Severity severity) => severity.ToString().ToLowerInvariant();

    private static IEnumerable<string> CasesOf<T>() =>
        typeof(T).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(T)) && !t.IsAbstract).Select(t => t.Name).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\brules? [A-Z]\d")]
    private static partial Regex RuleNumber();
}
