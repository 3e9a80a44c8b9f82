using System.Globalization;
using System.Text.Json;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Kernel;
using FlipAgent.Logging;
using FlipAgent.Redaction;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>
/// What happened before the present run of the agent: from the journal, which is the database that is there already. Where it cannot be read, what the running agent remembers is shown,
/// and said to be less.
/// </summary>
internal sealed class HistoryVerbs(AgentClient agent, Terminal terminal, Journal journal)
{
    /// <summary>What a question about the past may say.</summary>
    /// <param name="Since">As <see cref="TimePoint"/> reads it; null: the verb's own.</param>
    /// <param name="Until">As <see cref="TimePoint"/> reads it; null: now.</param>
    internal sealed record Span(string? Since, string? Until);

    private const string UsualSince = "30d";

    private static string IdOf(EventKind kind) => $"MESSAGE_ID={EventIds.Of(kind)}";

    /// <summary>Lists the moves of the floating IP.</summary>
    /// <param name="node">Only moves from or to this node; null: all.</param>
    /// <param name="json">One JSON object a line.</param>
    public async Task<int> History(Span span, string? node, bool json, CancellationToken stop)
    {
        if (Times(span, UsualSince, out var since, out var until) is { } wrong)
            return terminal.Fail(ExitCode.Usage, wrong);
        var (entries, failure) = await Entries(since, until,
            [IdOf(EventKind.ClaimHeld), IdOf(EventKind.HolderChanged), IdOf(EventKind.Released), "+", $"FLIPAGENT_LOG_ID={JournalEntry.OrderLogId}"], stop);
        if (failure is not null)
            return terminal.Fail(failure);
        // The users of other machines are not those of this one.
        Func<uint, string?> userName = journal.Directory is null ? UserDatabase.NameOf : _ => null;
        var moves = MoveHistory.Of(entries, userName).Where(m => m.At >= since && m.At <= until && (node is null || m.From == node || m.To == node)).ToList();
        if (json)
            foreach (var move in moves)
                terminal.Out.WriteLine(JsonSerializer.Serialize(move, HistoryJson.Default.PastMove));
        else
            Write(moves, since, node);
        if (moves.Count == 0 && node is not null && await Doubt(node, stop) is { } doubt)
            Note(doubt);
        return ExitCode.Done;
    }

    /// <summary>A name that was mistyped has no moves either. Null: it is a node of this cluster, or nobody knows; the journals of other machines are of any cluster.</summary>
    private async Task<string?> Doubt(string node, CancellationToken stop)
    {
        if (journal.Directory is not null || (await agent.Status(stop)).Value is not { } status || status.Nodes.Any(one => one.Name == node))
            return null;
        return $"there is no node {(node.Length == 0 ? "\"\"" : Printable.Of(node, 40))} in the running configuration; its nodes are {string.Join(", ", status.Nodes.Select(one => one.Name))}";
    }

    /// <summary>Prints the events of a time, the oldest first.</summary>
    /// <param name="number">Only the last so many; null or 0: all.</param>
    /// <param name="print">Prints an event as JSON in one line.</param>
    public async Task<int> Events(Span span, int? number, Action<string> print, CancellationToken stop)
    {
        if (Times(span, "1970-01-01", out var since, out var until) is { } wrong)
            return terminal.Fail(ExitCode.Usage, wrong);
        var (entries, failure) = await Entries(since, until, [.. Enum.GetValues<EventKind>().Select(IdOf)], stop);
        if (failure is not null)
            return terminal.Fail(failure);
        var events = entries.Where(e => e.Event is not null && e.At >= since && e.At <= until).ToList();
        foreach (var entry in number is > 0 and { } last ? events.TakeLast(last) : events)
            print(JsonSerializer.Serialize(entry.Event!, ReportJson.Default.EventReport));
        return ExitCode.Done;
    }

    /// <summary>The story of a term that the running agent does not remember; null: the journal has no event of it either, or cannot be read, with why as a phrase.</summary>
    public async Task<(ExplainReport? Story, string Problem)> Explain(uint term, CancellationToken stop)
    {
        var answer = await journal.Read(null, null, [string.Create(CultureInfo.InvariantCulture, $"FLIPAGENT_TERM={term}")], stop);
        var events = answer.Entries.Where(e => e.Event is not null).ToList();
        // The story of a term is that of its master, where several nodes tell of it.
        var node = events.Find(e => e.Event!.RoleTo == "master")?.Node ?? events.FirstOrDefault()?.Node;
        if (Explanation.Of(term, [.. events.Where(e => e.Node == node).Select(e => e.Event!)]) is { } story)
            return (story, "");
        var (begin, problem) = await journal.Begin(stop);
        return (null, answer.Problem ?? problem ?? $"the journal, which begins at {Time(begin!.Value)}, has none either");
    }

    /// <summary>From the journal; what the agent remembers when that cannot be read.</summary>
    private async Task<(IReadOnlyList<JournalEntry> Entries, Failure? Failure)> Entries(DateTimeOffset since, DateTimeOffset until, IReadOnlyList<string> matches, CancellationToken stop)
    {
        var answer = await journal.Read(since, until, matches, stop);
        var (begin, problem) = answer.Problem is null ? await journal.Begin(stop) : new(null, answer.Problem);
        // A user who is in no group still reads entries of its own, which are none of an agent.
        if (problem is null || answer.Entries.Count > 0)
        {
            if (answer.Note is { } note)
                Note(note);
            // Who asks for all there is knows that it begins somewhere.
            if (begin is { } oldest && oldest > since && since > DateTimeOffset.UnixEpoch)
                Note($"the journal begins at {Time(oldest)}: what was before is not kept (MaxRetentionSec= and SystemMaxUse= in journald.conf)");
            return (answer.Entries, null);
        }
        if (journal.Directory is not null)
            return ([], new Failure(ExitCode.Failed, problem));
        var status = await agent.Status(stop);
        var ring = status.Failure is null ? await agent.Get("v1/events", ReportJson.Default.IReadOnlyListEventReport, AgentClient.Usual, stop) : status.Failure;
        if ((status.Failure ?? ring.Failure) is { } failure)
            return ([], new Failure(failure.Code, $"{problem}; {failure.Text}"));
        Note($"{problem}; shown is what the running agent remembers, its last 1,000 events at most");
        var (node, address) = (status.Value!.Node, status.Value.FloatingIp.Address);
        return ([.. ring.Value!.Select(e => new JournalEntry(e, node, address, "", null))], null);
    }

    private static string? Times(Span span, string usual, out DateTimeOffset since, out DateTimeOffset until)
    {
        var now = DateTimeOffset.UtcNow;
        until = now;
        if (TimePoint.Parse(span.Since ?? usual, now, out since) is { } wrong)
            return $"--since {Printable.Of(span.Since ?? "", 40)}: {wrong}";
        if (span.Until is not null && TimePoint.Parse(span.Until, now, out until) is { } bad)
            return $"--until {Printable.Of(span.Until, 40)}: {bad}";
        return since < until ? null : $"--since ({Time(since)}) is not before --until ({Time(until)}): nothing lies between them";
    }

    private void Write(List<PastMove> moves, DateTimeOffset since, string? node)
    {
        var of = node is null ? "" : $" of {Printable.Of(node, 40)}";
        if (moves.Count == 0)
        {
            terminal.Out.WriteLine($"no move{of} since {Time(since)}");
            return;
        }
        var table = new TextTable("WHEN (UTC)", "ADDRESS", "FROM", "TO", "TOOK", "WHY", "ASKED BY");
        foreach (var move in moves)
            table.Add(move.Planned == false ? TextTable.Mark.Warning : TextTable.Mark.None, move.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                move.FloatingIp, Place(move.From), Place(move.To), Took(move), move.Cause ?? "-", move.AskedBy ?? "-");
        table.Write(terminal);
        var failovers = moves.Count(m => m.Planned == false);
        var planned = moves.Count(m => m.Planned == true);
        terminal.Out.WriteLine($"\n{Count(moves.Count, "move")}{of} since {Time(since)}: {Count(failovers, "failover")}, {planned} planned"
            + (failovers + planned < moves.Count ? $", {moves.Count - failovers - planned} told of in the journal of another node" : ""));
    }

    private static string Took(PastMove move) => Headline.Took(move.DetectMs, move.AssignMs, move.VerifyMs, move.ClaimMs) is { } took ? Headline.Time(took) : "-";

    private static string Place(string holder) => holder == "other" ? "(no node)" : holder;

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private void Note(string text) => terminal.Error.WriteLine($"{CtlProgram.Name}: {text}");
}
