namespace FlipAgent.Harness;

/// <summary>
/// The stand-in cloud as a program of its own (<c>flipagent-lab serve</c>): API, metadata service, Slack and the floating IP. The assembly lies beside the
/// one that starts it.
/// </summary>
public sealed class LabProgram : IDisposable
{
    private const string Ready = "ready ";
    private readonly OwnedProcess _process;

    /// <summary>Starts it and waits until everything answers.</summary>
    /// <param name="network">Where it runs; null: in the network of this process.</param>
    /// <param name="log">null: a temporary file.</param>
    /// <param name="options">As its usage text says them.</param>
    /// <exception cref="TimeoutException">It is not ready within 60 s, or ended; has what it wrote.</exception>
    public LabProgram(NetworkNamespace? network, string? log, params string[] options)
    {
        string[] command = ["dotnet", Path.Combine(AppContext.BaseDirectory, "flipagent-lab.dll"), "serve", .. options];
        _process = new(new() { Name = "the stand-in cloud", Network = network, Log = log }, command);
        try
        {
            // With the end of the line: the address is there as a whole.
            Until.True(
                () => _process.Output is var said && said.StartsWith(Ready, StringComparison.Ordinal) && said.Contains('\n') || !_process.Runs,
                () => $"the stand-in cloud is ready: {_process.Output}");
            if (!_process.Runs)
                throw new TimeoutException($"the stand-in cloud ended with {_process.ExitCode}: {_process.Output}");
            Url = new(_process.Output.Split('\n')[0][Ready.Length..]);
        }
        catch
        {
            _process.Dispose();
            throw;
        }
        var http = network?.NewHttpClient(TimeSpan.FromSeconds(60)) ?? new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        http.BaseAddress = Url;
        Client = new(http);
    }

    /// <summary>Where the API answers, without a path.</summary>
    public Uri Url { get; }

    public LabClient Client { get; }

    public void Dispose()
    {
        Client.Dispose();
        _process.Dispose();
    }
}
