using System.Collections.Concurrent;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Reporting;
using FlipAgent.Supervision;
using Microsoft.Extensions.Logging;

namespace FlipAgent.Tests.Control;

/// <summary>
/// The real control server on a real socket in a directory of its own, with an agent behind it that is only memory: what it answers is set by the
/// test, what it was asked is kept for it.
/// </summary>
internal sealed class AgentInMemory : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<EventReport> _events = [];
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ControlServer? _server;

    private AgentInMemory()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("flipagent-control-").FullName;
        // Other users' clients must get as far as the socket.
        File.SetUnixFileMode(Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Status = _ => Task.FromResult(Report);
    }

    public string Directory { get; }

    public string Socket => Path.Combine(Directory, "control.sock");

    public Uri Http => new($"http://{_server!.Http}");

    public ConcurrentQueue<(LogLevel Level, string Text)> Log { get; } = new();

    public StatusReport Report { get; set; } = Reports.Healthy;

    public Func<CancellationToken, Task<StatusReport>> Status { get; set; }

    public ConcurrentQueue<Command> Commands { get; } = new();

    /// <summary>Answers a command; may change <see cref="Report"/>.</summary>
    public Func<Command, CommandAnswer> Run { get; set; } = command => new CommandAnswer(null, $"done: {command}");

    public string? ReloadErrors { get; set; }

    public string? TestAlertFailures { get; set; }

    public bool Healthy { get; set; } = true;

    public int CheckRuns;

    /// <summary>How often anybody opened a scope around log lines.</summary>
    public int LogScopes;

    /// <summary>How long a run of the checks takes.</summary>
    public TimeSpan CheckTime { get; set; }

    /// <summary>Groups that every machine has and that nobody is in: the tests must not depend on the package's groups.</summary>
    public const string ReadGroup = "games", ChangeGroup = "users";

    public static async Task<AgentInMemory> Start(Func<ControlOptions, ControlOptions>? change = null, Supervisor? supervisor = null)
    {
        var agent = new AgentInMemory();
        var (server, error) = await agent.Serve(change, supervisor);
        agent._server = server ?? throw new InvalidOperationException(error);
        return agent;
    }

    /// <summary>An agent that does not listen yet.</summary>
    public static AgentInMemory Silent() => new();

    public async Task<string?> TryServe(Func<ControlOptions, ControlOptions>? change = null)
    {
        var (server, error) = await Serve(change);
        if (server is not null)
            await server.DisposeAsync();
        return error;
    }

    /// <summary>One more server on the same socket, if it can be had; the caller's to dispose of.</summary>
    public Task<(ControlServer? Server, string? Error)> StartServer() => Serve(null);

    public void Happened(EventReport one)
    {
        TaskCompletionSource moved;
        lock (_lock)
        {
            _events.Add(one);
            moved = _moved;
            _moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        moved.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    public async Task StopServing()
    {
        await _server!.DisposeAsync();
        _server = null;
    }

    private async Task<(ControlServer? Server, string? Error)> Serve(Func<ControlOptions, ControlOptions>? change, Supervisor? supervisor = null)
    {
        var options = new ControlOptions { SocketPath = Socket, ReadGroup = ReadGroup, ChangeGroup = ChangeGroup };
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(new QueueLoggers(this)));
        return await ControlServer.Start(change?.Invoke(options) ?? options, Handlers(), loggers, supervisor);
    }

    private ControlHandlers Handlers() => new()
    {
        Status = stop => Status(stop),
        EventsAfter = after =>
        {
            lock (_lock)
                return [.. _events.Where(one => one.Id > after)];
        },
        NextEvent = (after, stop) =>
        {
            lock (_lock)
                return _events.Exists(one => one.Id > after) ? Task.CompletedTask : _moved.Task.WaitAsync(stop);
        },
        CheckNow = async stop =>
        {
            Interlocked.Increment(ref CheckRuns);
            await Task.Delay(CheckTime, stop);
            return Report.Checks;
        },
        Run = (command, _) =>
        {
            Commands.Enqueue(command);
            return Task.FromResult(Run(command));
        },
        Reload = _ => Task.FromResult(ReloadErrors),
        TestAlert = _ => Task.FromResult(TestAlertFailures),
        ConfigText = () => "cluster: web-lb\ntoken_file: /etc/flipagent/do-token\n",
        Metrics = (openMetrics, _) => Task.FromResult(FlipAgent.Control.Metrics.Render(Report, new Counters(), Reports.Noon, openMetrics)),
        Healthy = () => Healthy,
    };

    private sealed class QueueLoggers(AgentInMemory agent) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Interlocked.Increment(ref agent.LogScopes);
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            agent.Log.Enqueue((logLevel, formatter(state, exception) + (exception is null ? "" : " " + exception)));

        public void Dispose()
        {
        }
    }
}
