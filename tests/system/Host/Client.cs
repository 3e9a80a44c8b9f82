using System.Diagnostics;

namespace FlipAgent.SystemTests.Host;

/// <summary>
/// A person with a browser who presses reload without a pause: asks the service through the floating IP with a new connection each time, and
/// remembers who answered when.
/// </summary>
internal sealed class Client : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly List<(TimeSpan At, string? Who)> _answers = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly CancellationTokenSource _end = new();
    private readonly NetworkNamespace _network;
    private readonly Task _asking;

    public Client(TestNetwork network)
    {
        _network = network.Cloud;
        _asking = Task.Run(Ask);
    }

    /// <summary>How many requests failed.</summary>
    public int Failures => Answers.Count(a => a.Who is null);

    /// <summary>How many got an answer.</summary>
    public int Successes => Answers.Count(a => a.Who is not null);

    /// <summary>The node that answered last.</summary>
    public string? Now => Answers.LastOrDefault().Who;

    /// <summary>The longest time without an answer.</summary>
    public TimeSpan LongestOutage
    {
        get
        {
            var good = Answers.Where(a => a.Who is not null).Select(a => a.At).Append(_watch.Elapsed).ToList();
            return good.Zip(good.Skip(1), (before, after) => after - before).DefaultIfEmpty(_watch.Elapsed).Max();
        }
    }

    private List<(TimeSpan At, string? Who)> Answers
    {
        get
        {
            lock (_answers)
            {
                return [.. _answers];
            }
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _asking.Wait();
        _end.Dispose();
    }

    private async Task Ask()
    {
        while (!_end.IsCancellationRequested)
        {
            using var http = _network.NewHttpClient(Patience);
            string? who = null;
            try
            {
                who = await http.GetStringAsync($"http://{TestNetwork.FloatingIp}:{LabProcess.ServicePort}/");
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException or System.Net.Sockets.SocketException)
            {
                // That is what is counted.
            }

            lock (_answers)
            {
                _answers.Add((_watch.Elapsed, who));
            }

            await Task.Delay(Pause);
        }
    }
}
