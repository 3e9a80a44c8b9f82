using System.Globalization;
using System.Text.Json;
using FlipAgent.Ctl;

namespace FlipAgent.Tests.Ctl;

/// <summary>Entries as <c>journalctl -o json</c> prints them, of an agent's unit unless it is said otherwise.</summary>
internal static class JournalLines
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <param name="fields">Names without FLIPAGENT_ where they begin with a lower-case letter: peer, owner.</param>
    public static string Event(string node, double second, string name, uint term, params (string Name, string Value)[] fields) =>
        Line(node, second, [("MESSAGE", $"{name} at {node}"), ("PRIORITY", "4"), ("event", name), ("node", node), ("term", $"{term}"), ("fip", "203.0.113.10"), .. fields]);

    public static string Order(string node, double second, string verb, uint uid = 1000, string outcome = "done") =>
        Line(node, second, [("MESSAGE", $"{verb} asked for"), ("PRIORITY", "6"), ("log_id", "555"), ("verb", verb), ("uid", $"{uid}"), ("outcome", outcome)]);

    public static string Line(string node, double second, params (string Name, string Value)[] fields)
    {
        var at = (Noon.AddSeconds(second) - DateTimeOffset.UnixEpoch).Ticks / 10;
        var all = new Dictionary<string, string>
        {
            ["__REALTIME_TIMESTAMP"] = (at + 500).ToString(CultureInfo.InvariantCulture),
            ["_SOURCE_REALTIME_TIMESTAMP"] = at.ToString(CultureInfo.InvariantCulture),
            ["_SYSTEMD_UNIT"] = "flipagent.service",
            ["_MACHINE_ID"] = $"machine of {node}",
            ["_TRANSPORT"] = "journal",
        };
        foreach (var (name, value) in fields)
            all[char.IsAsciiLetterLower(name[0]) ? "FLIPAGENT_" + name.ToUpperInvariant() : name] = value;
        return JsonSerializer.Serialize(all);
    }

    public static JournalEntry[] Entries(params string[] lines) => [.. lines.Select(line => JournalEntry.Parse(line)!).OrderBy(entry => entry.At)];

    /// <summary>HAProxy on haproxy-1 is stopped at noon, as haproxy-1 tells it.</summary>
    public static string[] FailoverOfOne =>
    [
        Event("haproxy-1", 0, "released", 1, ("peer", "haproxy-2"), ("cause", "check haproxy is down: deactivating (stop-sigterm), stop job pending")),
        Event("haproxy-1", 1.3, "holder-changed", 2, ("owner", "haproxy-2"), ("from", "haproxy-1")),
    ];

    /// <summary>The same, as haproxy-2 tells it.</summary>
    public static string[] FailoverOfTwo =>
    [
        Event("haproxy-2", 0.06, "became-master", 2, ("role_from", "backup"), ("role_to", "master"), ("cause", "check haproxy is down: deactivating...")),
        Event("haproxy-2", 1.25, "claim-held", 2, ("peer", "haproxy-1"), ("owner", "haproxy-2"), ("cause", "check haproxy is down: deactivating..."),
            ("detect_ms", "0"), ("assign_ms", "1190.5"), ("verify_ms", "2.787")),
    ];

    /// <summary>A journalctl that prints these lines, whatever it is asked, and keeps what it was asked.</summary>
    public static Journal Of(IEnumerable<string> lines, string? directory = null)
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("flipagent-journal-").FullName;
        File.WriteAllLines(Path.Combine(folder, "lines"), lines);
        return new Journal(directory) { Program = Script(folder, $"echo \"$@\" >> {folder}/asked; cat {folder}/lines") };
    }

    public static string Script(string folder, string body)
    {
        var path = Path.Combine(folder, "journalctl");
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public static string Asked(Journal journal) => File.ReadAllText(Path.Combine(Path.GetDirectoryName(journal.Program)!, "asked"));
}
