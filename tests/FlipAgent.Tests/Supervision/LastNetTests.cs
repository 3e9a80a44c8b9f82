using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Harness;
using FlipAgent.Logging;
using FlipAgent.Systemd;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FlipAgent.Tests.Supervision;

/// <summary>
/// What no part has contained: a whole agent in a process of its own goes on after an exception on any thread but the decision loop's, and ends with one
/// there, so that systemd begins anew.
/// </summary>
public sealed class LastNetTests
{
    [Theory]
    [InlineData("thread", 0, "alive")]
    [InlineData("pool", 0, "alive")]
    [InlineData("timer", 0, "alive")]
    [InlineData("decision", 134, "")]
    public void Only_the_decision_loop_ends_the_process(string where, int exit, string said)
    {
        var run = Shell.Run("dotnet", "exec", typeof(LastNetTests).Assembly.Location, "last-net-scenario", where);
        Assert.True(exit == run.Code && run.Out.Trim() == said, $"{run.Code}\n{run.Text}");
    }

    internal static int Run(string where)
    {
        var home = Directory.CreateTempSubdirectory("flipagent-net-").FullName;
        var log = new LogThatThrowsOn(where == "decision" ? "decision" : "nowhere");
        using var agentLog = new AgentLog(LoggerFactory.Create(b => b.AddProvider(log)), () => 0, _ => { });
        var config = ((ConfigResult.Valid)ConfigReader.ReadText(Config(home), Path.Combine(home, "f.yaml"))).Config;
        using var notify = SdNotify.FromEnvironment();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        Daemon? daemon = null;
        builder.Services.AddSingleton<IHostedService>(services =>
            daemon = new Daemon(config, null, agentLog, notify, services.GetRequiredService<IHostApplicationLifetime>()));
        using var host = builder.Build();
        ExceptionHandling.SetUnhandledExceptionHandler(e => daemon?.Contain(e) ?? false);
        host.Start();
        var socket = Path.Combine(home, "control.sock");
        while (!Answers(socket, "v1/status").Contains("\"schema\"", StringComparison.Ordinal))
            Thread.Sleep(20);
        Plant(where);
        // The agent has made the failure known, so it is there to do so.
        while (!Answers(socket, "v1/events").Contains("part-failed", StringComparison.Ordinal))
            Thread.Sleep(20);
        Console.WriteLine("alive");
        host.StopAsync().Wait(TimeSpan.FromSeconds(20));
        Directory.Delete(home, recursive: true);
        return 0;
    }

    private static void Plant(string where)
    {
        switch (where)
        {
            case "thread":
                new Thread(() => throw new PlantedException()).Start();
                break;
            case "pool":
                ThreadPool.UnsafeQueueUserWorkItem(_ => throw new PlantedException(), null);
                break;
            case "timer":
                _ = new Timer(_ => throw new PlantedException(), null, 1, Timeout.Infinite);
                break;
            default:
                break;
        }
    }

    private static string Answers(string socket, string path)
    {
        using var client = new AgentClient(socket, Shell.DefaultLimit);
        return client.Try(path).Result ?? "";
    }

    private static string Config(string home)
    {
        using var free = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        return $$"""
            cluster: net
            nodes:
              - {name: one, address: 127.0.0.1, droplet_id: 1, priority: 100}
            election: {key_file: key, port: {{((IPEndPoint)free.Client.LocalEndPoint!).Port}}}
            floating_ip: {provider: digitalocean, address: 203.0.113.10, token_file: token, guard: off, api_url: "http://127.0.0.1:1", metadata_url: "http://127.0.0.1:1"}
            checks:
              - {name: own, exec: [/bin/true]}
            runtime_dir: {{home}}
            state_dir: {{home}}
            """;
    }

    /// <summary>The loop itself writes the log of its decisions, so a log can be the place where it fails.</summary>
    private sealed class LogThatThrowsOn(string thread) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Thread.CurrentThread.Name == thread)
                throw new PlantedException();
        }

        public void Dispose()
        {
        }
    }
}
