using System.Buffers.Binary;
using FlipAgent.Harness;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// The CLOCK_BOOTTIME of one agent, which a test can put ahead as a suspend of the machine does: a library that is preloaded into the agent adds what stands in a file. The program is the
/// one that is shipped.
/// </summary>
internal sealed class SuspendClock
{
    private const string Source = "tests/e2e/Ground/suspend.c";
    private readonly string _library;
    private readonly string _file;
    private TimeSpan _ahead;

    /// <param name="folder">Where the library and the file are made.</param>
    public SuspendClock(string folder)
    {
        (_library, _file) = (Path.Combine(folder, "suspend.so"), Path.Combine(folder, "suspend"));
        Shell.Must("clang", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", _library, Repository.PathOf(Source), "-ldl");
        Write();
    }

    /// <summary>What the agent needs.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["LD_PRELOAD"] = _library, ["SUSPEND_CLOCK"] = _file };

    /// <summary>The machine slept for so long.</summary>
    public void Suspend(TimeSpan length)
    {
        _ahead += length;
        Write();
    }

    private void Write()
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, _ahead.Ticks * TimeSpan.NanosecondsPerTick);
        // In one piece, into the same file: it is mapped.
        using var file = File.OpenHandle(_file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, bytes, 0);
    }
}
