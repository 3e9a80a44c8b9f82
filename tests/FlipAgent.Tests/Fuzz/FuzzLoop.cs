using System.Diagnostics;
using System.Globalization;
using FlipAgent.Harness;

namespace FlipAgent.Tests.Fuzz;

/// <summary>
/// Feeds a reader with changed copies of good files, by a seed, for two seconds, or for <c>FUZZ_SECONDS</c> (<c>make soak</c>, with another <c>FUZZ_SEED</c> each time).
/// Nothing that is read may throw, take longer than a second or allocate without bound. The corpora stand in <c>corpus/READER/</c>; what was found goes there too.
/// </summary>
internal sealed class FuzzLoop
{
    private const int MinInputs = 50;
    private const long MaxAllocated = 256L * 1024 * 1024;
    private static readonly TimeSpan s_maxTime = TimeSpan.FromSeconds(1);
    private static readonly string s_words = "\0|\n|\r\n|\t| |-1|0|1|255|256|65535|65536|2147483648|4294967295|4294967296|9223372036854775807|18446744073709551615|99999999999999999999999|"
        + "1e308|NaN|null|true|false|\"|'|{|}|[|]|:|,|#|!|@|$|${|&|*|\\|\\u0000|\\ud800|é|\u2028|\u202e|\ufeff|127.0.0.1|::1|%s|../";

    private readonly string _reader;
    private readonly List<byte[]> _corpus;
    private readonly Random _random;
    private readonly int _seed;
    private byte[] _input = [];

    private FuzzLoop(string reader, int seed)
    {
        var folder = Repository.PathOf($"tests/FlipAgent.Tests/Fuzz/corpus/{reader}");
        (_reader, _seed, _random) = (reader, seed, new Random(seed));
        _corpus = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
    }

    /// <param name="read">Reads one input, and asserts what must hold of whatever comes out.</param>
    public static void Run(string reader, Action<byte[]> read)
    {
        var loop = new FuzzLoop(reader, Number("FUZZ_SEED", 1));
        var time = TimeSpan.FromSeconds(Number("FUZZ_SECONDS", 2));
        Exception? failure = null;
        var thread = new Thread(() => failure = loop.Turn(read, time)) { IsBackground = true };
        thread.Start();
        // A machine that is busy elsewhere is no hang; one input that never ends is.
        if (!thread.Join(time + TimeSpan.FromMinutes(2)))
            Assert.Fail($"{loop.Input()} does not end");
        if (failure is not null)
            Assert.Fail($"{loop.Input()}: {failure}");
    }

    private Exception? Turn(Action<byte[]> read, TimeSpan time)
    {
        try
        {
            foreach (var good in _corpus)
                One(read, good);
            var clock = Stopwatch.StartNew();
            // However little of the machine there is, it is not nothing that is shown.
            for (var done = 0; done < MinInputs || clock.Elapsed < time; done++)
                One(read, Changed());
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private void One(Action<byte[]> read, byte[] input)
    {
        _input = input;
        var clock = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        read(input);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocated);
        if (clock.Elapsed <= s_maxTime)
            return;
        // Once may be the machine, which was busy elsewhere; twice is the reader.
        clock.Restart();
        read(input);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, s_maxTime);
    }

    private byte[] Changed()
    {
        List<byte> bytes = [.. Any(_corpus)];
        for (var times = _random.Next(1, 8); times > 0; times--)
            Change(bytes);
        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count + 1);
        var length = Math.Min(_random.Next(1, 64), bytes.Count - at);
        switch (_random.Next(8))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 5:
                var other = Any(_corpus);
                var from = _random.Next(other.Length + 1);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + _random.Next(1, 200))]);
                break;
            case 6:
                bytes.InsertRange(at, Enumerable.Repeat((byte)_random.Next(256), _random.Next(1, 2000)));
                break;
            default:
                bytes.InsertRange(at, System.Text.Encoding.UTF8.GetBytes(Any(s_words.Split('|'))));
                break;
        }
    }

    private T Any<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];

    /// <summary>What a person needs to add it to the corpus.</summary>
    private string Input() => $"{_reader}, seed {_seed}, input {Convert.ToBase64String(_input)}";

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
