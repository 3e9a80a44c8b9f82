using System.Text.Json;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.State;

namespace FlipAgent.Tests.State;

/// <summary>The two directories of an agent with whatever an earlier run, or a bad disk, left in them.</summary>
internal sealed class StateFolder : IDisposable
{
    private readonly DirectoryInfo _folder;

    /// <param name="inMemory">In a memory file system, as the runtime directory of a service is; otherwise wherever temporary files are.</param>
    public StateFolder(bool inMemory = false)
    {
        _folder = inMemory ? Directory.CreateDirectory($"/dev/shm/flipagent-state-{Guid.NewGuid():N}") : Directory.CreateTempSubdirectory("flipagent-state-");
        Directory.CreateDirectory(StateDir);
        Directory.CreateDirectory(RuntimeDir);
    }

    public string StateDir => Path.Combine(_folder.FullName, "lib");

    public string RuntimeDir => Path.Combine(_folder.FullName, "run");

    public string OfThisBoot => Path.Combine(RuntimeDir, "web-lb.state.json");

    public string Lasting => Path.Combine(StateDir, "web-lb.state.json");

    public string Alive => Path.Combine(RuntimeDir, "web-lb.alive");

    public static long BootMs => (long)Clocks.Boot.TotalMilliseconds;

    /// <summary>What 1.0.0 wrote as master of term 7 in maintenance, a second ago.</summary>
    public static string Written => $$"""
        {"schema":1,"boot_id":"{{Clocks.BootId()}}","boot_ms":{{BootMs - 1000}},"term":7,"session":1790000000123,"role":2,"master_term":7,"hold_ms":15000,"peer_sessions":{"haproxy-2":1790000000456},"verdicts":{"haproxy":true,"site":false},"superseded_by":"haproxy-2","superseded_ms":600000,"superseded_count":1,"maintenance":true,"maintenance_reason":"kernel","maintenance_ms":3600000,"assign_under_way":true}
        """;

    /// <summary>The same with another value in one field.</summary>
    public static string With(string field, string value)
    {
        var fields = JsonDocument.Parse(Written).RootElement.EnumerateObject();
        return "{" + string.Join(',', fields.Select(f => $"\"{f.Name}\":{(f.Name == field ? value : f.Value.GetRawText())}")) + "}";
    }

    public StateFile Open() => new(StateDir, RuntimeDir, "web-lb", _ => { });

    public LastRun? Load(out string[] problems)
    {
        using var file = Open();
        var last = file.Load(out var found);
        problems = [.. found.Select(p => $"{p.File}: {p.Text}")];
        return last;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
