using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace FlipAgent.Mutants;

/// <summary>One change that Stryker made, and where.</summary>
internal sealed record Mutant(string Id, string File, int Line, bool IsStatic, string Kind, string Replacement);

/// <summary>Deals the mutants to workers and replaces a worker that a mutant has hung or killed.</summary>
internal static class Supervisor
{
    public static int Run(string folder, string report, string output, string[] files)
    {
        var mutants = Read(report).Where(m => files.Length == 0 || files.Contains(m.File)).ToList();
        // Shuffled, and the same each time: a run that is stopped has a fair sample.
        var shuffled = mutants.ToArray();
        new Random(1).Shuffle(shuffled);
        // A run that was stopped goes on where it was: the last column is the mutant's number.
        var tried = File.Exists(output) ? File.ReadLines(output).Select(line => line.Split('\t')[^1]).ToHashSet() : [];
        var queue = new ConcurrentQueue<Mutant>(shuffled.Where(m => !tried.Contains(m.Id)));
        Console.WriteLine($"{mutants.Count} mutants, {queue.Count} to try");
        using var results = new StreamWriter(output, append: true) { AutoFlush = true };
        var done = mutants.Count - queue.Count;
        void Note(Mutant mutant, string verdict)
        {
            lock (results)
            {
                results.WriteLine($"{mutant.File}\t{mutant.Line}\t{verdict.Split(' ')[0]}\t{mutant.Kind}\t{mutant.Replacement}\t{string.Join(' ', verdict.Split(' ')[1..])}\t{mutant.Id}");
                if (++done % 100 == 0)
                    Console.WriteLine($"{done} done");
            }
        }

        var workers = Enumerable.Range(0, Math.Max(1, Environment.ProcessorCount)).Select(_ => new Thread(() => Work(folder, queue, Note))).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
        return queue.IsEmpty && done == mutants.Count ? 0 : 1;
    }

    private static void Work(string folder, ConcurrentQueue<Mutant> queue, Action<Mutant, string> note)
    {
        var taster = new Taster(folder, null);
        try
        {
            while (queue.TryDequeue(out var mutant))
            {
                if (mutant.IsStatic)
                {
                    using var own = new Taster(folder, mutant.Id);
                    note(mutant, own.Try(mutant));
                    continue;
                }
                var verdict = taster.Try(mutant);
                note(mutant, verdict);
                if (verdict is not ("timeout" or "crash"))
                    continue;
                taster.Dispose();
                taster = new Taster(folder, null);
            }
        }
        finally
        {
            taster.Dispose();
        }
    }

    private static IEnumerable<Mutant> Read(string report)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(report));
        foreach (var file in json.RootElement.GetProperty("files").EnumerateObject())
        {
            var source = file.Value.GetProperty("source").GetString()!.Split('\n');
            foreach (var m in file.Value.GetProperty("mutants").EnumerateArray())
            {
                // What Stryker left out stays out; the rest it did not try, or tried with a handful of tests only.
                if (m.GetProperty("status").GetString() is "Ignored" or "CompileError")
                    continue;
                var line = m.GetProperty("location").GetProperty("start").GetProperty("line").GetInt32();
                yield return new(
                    m.GetProperty("id").GetString()!, Path.GetFileName(file.Name), line, source[line - 1].Contains(" static readonly ", StringComparison.Ordinal),
                    m.GetProperty("mutatorName").GetString()!, m.GetProperty("replacement").GetString()!.ReplaceLineEndings(" ").Replace('\t', ' '));
            }
        }
    }

    /// <summary>A worker process, and the patience with it.</summary>
    private sealed class Taster : IDisposable
    {
        private readonly Process _process;
        private readonly TimeSpan _patience;

        public Taster(string folder, string? fromStart)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, ["worker", folder]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["SUPERVISOR"] = $"{Environment.ProcessId}";
            if (fromStart is not null)
                start.Environment["ActiveMutation"] = fromStart;
            _process = Process.Start(start)!;
            _process.ErrorDataReceived += (_, _) => { };
            _process.BeginErrorReadLine();
            var ready = _process.StandardOutput.ReadLine();
            if (ready?.Split(' ') is not ["ready", var seconds])
                throw new InvalidOperationException($"the tests do not pass without a mutant: {ready}");
            // Several times what all tests take here and now.
            _patience = TimeSpan.FromSeconds((4 * double.Parse(seconds, CultureInfo.InvariantCulture)) + (fromStart is null ? 8 : 60));
        }

        /// <returns>survived, "killed TEST", timeout or crash.</returns>
        public string Try(Mutant mutant)
        {
            _process.StandardInput.WriteLine($"{mutant.Id} {mutant.File}");
            _process.StandardInput.Flush();
            var answer = Task.Run(_process.StandardOutput.ReadLine);
            if (!answer.Wait(_patience))
                return "timeout";
            return answer.Result?.Split(' ', 2) is [var id, var verdict] && id == mutant.Id ? verdict : "crash";
        }

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
