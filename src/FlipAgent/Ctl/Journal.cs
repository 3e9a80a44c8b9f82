using System.ComponentModel;
using System.Globalization;
using System.Text;
using FlipAgent.Kernel;

namespace FlipAgent.Ctl;

/// <summary>
/// Reads journald's journal through <c>journalctl -o json</c>, entry by entry as they come. What is read, how much of it and for how long is bounded: a journal may be large, damaged, or on a slow
/// disk.
/// </summary>
/// <param name="directory">Where the journal files are, such as those of several machines in one place; null: the journal of this machine.</param>
internal sealed class Journal(string? directory)
{
    private const int MaxLine = 256 * 1024, MaxComplaint = 4096;

    private const string NoRight = "no right to read the journal: run it as root or as a member of the group systemd-journal";

    private static readonly string[] s_programs = ["/usr/bin/journalctl", "/bin/journalctl"];

    /// <summary>What runs; null: it is not installed.</summary>
    internal string? Program { get; init; } = s_programs.FirstOrDefault(File.Exists);

    /// <summary>How long one reading may take.</summary>
    internal TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>More are not read at once.</summary>
    internal int MaxEntries { get; init; } = 100_000;

    public string? Directory => directory;

    /// <summary>The entries of agents that match, the oldest first.</summary>
    /// <param name="since">Null: from the beginning.</param>
    /// <param name="until">Null: to the end.</param>
    /// <param name="matches">Arguments of journalctl such as FLIPAGENT_TERM=7; those of one field mean either, "+" means or.</param>
    public async Task<JournalAnswer> Read(DateTimeOffset? since, DateTimeOffset? until, IReadOnlyList<string> matches, CancellationToken stop)
    {
        var entries = new List<JournalEntry>();
        var arguments = new List<string> { "--quiet" };
        if (since is { } from)
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--since=@{from.ToUnixTimeSeconds()}"));
        // What is written in that second, and gets there in the next, is up to then as well.
        if (until is { } to)
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--until=@{to.ToUnixTimeSeconds() + 1}"));
        var complaint = await Run([.. arguments, .. matches], line =>
        {
            if (JournalEntry.Parse(line) is { } entry)
                entries.Add(entry);
            return entries.Count < MaxEntries;
        }, stop);
        if (complaint is not null)
            return new JournalAnswer([], complaint, null);
        var note = entries.Count < MaxEntries ? null : $"there are more than {MaxEntries} entries; only the oldest are shown: expected a shorter time (--since, --until)";
        // Journals of several machines are merged by journald's clock, events are told by the agent's.
        return new JournalAnswer([.. entries.OrderBy(entry => entry.At)], null, note);
    }

    /// <summary>When the oldest entry of any program was written, or why there is none.</summary>
    public async Task<JournalBegin> Begin(CancellationToken stop)
    {
        DateTimeOffset? at = null;
        var complaint = await Run(["--output-fields=MESSAGE"], line =>
        {
            at = FirstTime(line);
            return false;
        }, stop);
        if (complaint is not null)
            return new(null, complaint);
        return at is not null ? new(at, null) : new(null, directory is null ? "this machine keeps no journal, or none that this user may read" : $"there is no journal in {directory}");
    }

    private static bool IsAboutRights(string complaint) =>
        complaint.Contains("insufficient permissions", StringComparison.OrdinalIgnoreCase) || complaint.Contains("not seeing messages from other users", StringComparison.OrdinalIgnoreCase)
        || complaint.Contains("Permission denied", StringComparison.OrdinalIgnoreCase);

    private static DateTimeOffset? FirstTime(string line)
    {
        const string Name = "\"__REALTIME_TIMESTAMP\":\"";
        var at = line.Replace(" ", "", StringComparison.Ordinal).Split(Name) is [_, var rest, ..] ? rest.Split('"')[0] : "";
        return long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds < 253_402_300_799_000_000
            ? DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds) : null;
    }

    /// <summary>Null: it ended well, or enough was read; otherwise why not.</summary>
    private async Task<string?> Run(IReadOnlyList<string> arguments, Func<string, bool> take, CancellationToken stop)
    {
        if (Program is null)
            return "there is no journalctl on this machine";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Timeout);
        try
        {
            string[] where = directory is null ? [] : [$"--directory={directory}"];
            // Messages of journalctl are read, so they have to be in the language that is expected.
            using var run = ProgramRun.Start(Program, ["--no-pager", "--output=json", .. where, .. arguments], ("PATH", ProgramRun.SearchPath), ("LC_ALL", "C.UTF-8"));
            run.Input.Close();
            var complaint = Complaint(run.Errors, limit.Token);
            if (!await ReadLines(run.Output, take, limit.Token))
            {
                run.Kill();
                return IsAboutRights(await complaint) ? NoRight : null;
            }
            var status = await run.WaitForExit(limit.Token);
            var said = (await complaint).Trim();
            return IsAboutRights(said) ? NoRight
                : status != 0 && said.Length > 0 ? FirstLine(said)
                : status != 0 ? $"journalctl failed with exit status {status}" : null;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"journalctl was not done within {Timeout.TotalSeconds:0.#} s: expected a shorter time (--since, --until)";
        }
        catch (Win32Exception e)
        {
            return $"{Program} cannot be started (errno {e.NativeErrorCode})";
        }
    }

    private static string FirstLine(string said) => Redaction.Printable.Of(said.Trim().ReplaceLineEndings(" "), 300);

    /// <summary>False: <paramref name="take"/> wants no more. A line that is too long is left out.</summary>
    private static async Task<bool> ReadLines(Stream output, Func<string, bool> take, CancellationToken stop)
    {
        var line = new StringBuilder();
        var tooLong = false;
        using var reader = new StreamReader(output, Encoding.UTF8, false, 1 << 16, leaveOpen: true);
        var buffer = new char[1 << 14];
        while (await reader.ReadAsync(buffer, stop) is > 0 and var count)
            for (var rest = buffer.AsMemory(0, count); ;)
            {
                var end = rest.Span.IndexOf('\n');
                var part = end < 0 ? rest : rest[..end];
                tooLong |= line.Length + part.Length > MaxLine;
                if (!tooLong)
                    line.Append(part.Span);
                if (end < 0)
                    break;
                if (!tooLong && line.Length > 0 && !take(line.ToString()))
                    return false;
                line.Clear();
                tooLong = false;
                rest = rest[(end + 1)..];
            }
        return true;
    }

    private static async Task<string> Complaint(Stream errors, CancellationToken stop)
    {
        var said = new StringBuilder();
        var buffer = new byte[1024];
        try
        {
            while (await errors.ReadAsync(buffer, stop) is > 0 and var count)
                if (said.Length < MaxComplaint)
                    said.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It was ended; what it had to say is in hand.
        }
        return said.ToString();
    }
}

/// <param name="Entries">The oldest first.</param>
/// <param name="Problem">Why the journal cannot be read; null: it was.</param>
/// <param name="Note">What the reader has to know of the entries; null: nothing.</param>
internal sealed record JournalAnswer(IReadOnlyList<JournalEntry> Entries, string? Problem, string? Note);

/// <param name="At">When the oldest entry of any program was written; null: there is none.</param>
/// <param name="Problem">Why there is none.</param>
internal sealed record JournalBegin(DateTimeOffset? At, string? Problem);
