using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FlipAgent.Lab.Demo;

/// <summary>
/// <c>flipagent-lab demo</c>: starts the cluster, runs the story and the rounds, draws the picture, and ends what it started on every way out.
/// Exit status: 0 every step happened, 1 one did not, 2 wrong options, 130 interrupted.
/// </summary>
internal static class DemoVerb
{
    public static async Task<int> Run(string[] args)
    {
        DemoOptions options;
        try
        {
            options = DemoOptions.Parse(args);
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"flipagent-lab demo: {e.Message}");
            return 2;
        }

        using var interrupted = new CancellationTokenSource();
        void Interrupt(PosixSignalContext context)
        {
            context.Cancel = true;
            interrupted.Cancel();
        }

        PosixSignal[] endings = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        var signals = endings.Select(signal => PosixSignalRegistration.Create(signal, Interrupt)).ToList();
        try
        {
            return await Play(options, interrupted.Token);
        }
        finally
        {
            signals.ForEach(s => s.Dispose());
        }
    }

    private static async Task<int> Play(DemoOptions options, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        DemoCluster cluster;
        try
        {
            cluster = await DemoCluster.Start(options);
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine($"FAILED: {e.Message}");
            return 1;
        }

        int exit;
        await using (cluster)
        {
            var nodes = string.Join(", ", cluster.Nodes.Select(n => $"{n.Name} {n.Address}"));
            Console.WriteLine($"FlipAgent demonstration: web {cluster.Web}, {nodes}, floating IP {cluster.FloatingIp}");
            Console.WriteLine($"Configuration and logs of this run: {cluster.Folder}");
            exit = await Show(cluster, options, cancel);
        }

        if (exit != 1 && !options.Keep)
        {
            cluster.DeleteFolder();
        }

        if (exit == 0)
        {
            Console.WriteLine($"\nEvery step happened. Picture: {options.Picture}. {clock.Elapsed.TotalSeconds:0} s.");
        }

        return exit;
    }

    private static async Task<int> Show(DemoCluster cluster, DemoOptions options, CancellationToken cancel)
    {
        var story = new Story(cluster, cancel);
        var rounds = new Rounds(cluster, cancel);
        try
        {
            await story.Tell();
            if (options.Rounds > 0)
            {
                await rounds.Run(options.Rounds);
            }

            return 0;
        }
        catch (Exception missing) when (missing is StepMissing or TimeoutException)
        {
            await Timeline.Caught(CancellationToken.None);
            cluster.Timeline.Speaking = false;
            Console.Error.WriteLine($"{(missing is StepMissing { Slow: true } ? "" : $"\n{cluster.Logs(8)}\n")}\nFAILED: {missing.Message}\nAll logs: {cluster.Folder}");
            return 1;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Console.Error.WriteLine("\ninterrupted; everything that was started is being stopped");
            return 130;
        }
        finally
        {
            if (story.Failure is not null)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(options.Picture)!);
                File.WriteAllText(options.Picture, Picture.Draw(cluster, story, rounds.Results));
            }
        }
    }
}
