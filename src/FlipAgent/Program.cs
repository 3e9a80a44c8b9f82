using System.CommandLine;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Control;
using FlipAgent.Ctl;
using FlipAgent.Kernel;
using FlipAgent.Logging;
using FlipAgent.Redaction;
using FlipAgent.Systemd;

namespace FlipAgent;

/// <summary>
/// One binary, two names: <c>flipagent</c> is the daemon, <c>flipagentctl</c> (a link to it) the client. Exit codes: docs/cli.md.
/// </summary>
internal static class Program
{
    private const string DefaultConfig = "/etc/flipagent/flipagent.yaml";

    public static int Main(string[] args)
    {
        // The kernel keeps the name that the binary was called by as the first argument.
        if (Path.GetFileName(File.ReadAllText("/proc/self/cmdline").Split('\0')[0]) == CtlProgram.Name)
            return CtlProgram.Run(args);
        var config = new Option<string>("--config") { Description = "The configuration file.", DefaultValueFactory = _ => DefaultConfig, HelpName = "PATH" };
        var node = new Option<string?>("--node") { Description = "Who this node is; default: the node whose address is on this machine.", HelpName = "NAME" };
        var root = new RootCommand("FlipAgent keeps one floating IP at a healthy HAProxy node. This is the daemon; the client is flipagentctl.") { config, node };
        root.SetAction((parsed, cancel) => Serve(parsed.GetValue(config)!, parsed.GetValue(node)));
        var result = root.Parse(args switch
        {
            ["help"] => ["--help"],
            ["version"] => ["--version"],
            _ => args,
        });
        // The library answers usage errors with 1; ours is 2.
        // Signals are the host's: the library would end the process 2 s after SIGTERM, with 143.
        var code = result.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null });
        return result.Errors.Count > 0 ? ExitCode.Usage : code;
    }

    private static async Task<int> Serve(string path, string? node)
    {
        NativeHeap.ShareOneArena();
        using var log = LogSetup.Create(Redactor.Redact);
        var logger = log.Factory.CreateLogger("FlipAgent");
        if (OpenSsl.Missing() is { } missing)
        {
            logger.CannotStart(missing);
            return ExitCode.Failed;
        }
        var read = ConfigReader.Read(path, node);
        if (read is not ConfigResult.Valid { Config: { } config })
        {
            foreach (var error in ((ConfigResult.Invalid)read).Errors)
                logger.ConfigInvalid(error.ToString());
            return ExitCode.ConfigInvalid;
        }
        // An advert must not wait for a pool that is still growing.
        PoolThreads.Start();
        using var handles = new OldHandles(OldHandles.Interval);
        using var notify = SdNotify.FromEnvironment();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(9));
        Daemon? daemon = null;
        builder.Services.AddSingleton<IHostedService>(services =>
            daemon = new Daemon(config, node, log, notify, services.GetRequiredService<IHostApplicationLifetime>()));
        using var host = builder.Build();
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _ = daemon?.Reload(CancellationToken.None);
        });
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        });
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        });
        ExceptionHandling.SetUnhandledExceptionHandler(e => daemon?.Contain(e) ?? false);
        TaskScheduler.UnobservedTaskException += (_, e) => logger.TaskFailed(e.Exception);
        AppDomain.CurrentDomain.UnhandledException += (_, e) => logger.Unhandled((Exception)e.ExceptionObject);
        await host.RunAsync();
        // The host takes an exception of its service for a stop; systemd is to see a failure.
        if (daemon?.ExecuteTask is { IsFaulted: true, Exception: { } thrown })
        {
            logger.Unhandled(thrown);
            return ExitCode.Failed;
        }
        if (daemon?.StartFailure is not { } failure)
            return ExitCode.Done;
        logger.CannotStart(failure);
        return ExitCode.Failed;
    }
}
