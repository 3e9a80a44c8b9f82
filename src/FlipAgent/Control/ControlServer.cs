using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FlipAgent.Logging;
using FlipAgent.Supervision;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace FlipAgent.Control;

/// <summary>
/// The control server: people and programs ask here over HTTP (docs/cli.md), on a unix socket that knows who is asking and, when wanted, on a TCP address
/// that only ever reads. The web server stands alone, without a host of ASP.NET around it: no environment variable, settings file or signal opens a port or changes
/// how the agent stops, and what such a host brings along (routing, error pages, settings) is not in the program.
/// </summary>
public sealed class ControlServer : IAsyncDisposable
{
    /// <summary>So many bytes are taken from a connection ahead of their turn; the rest waits with the kernel.</summary>
    private const int MostUnread = 64 * 1024;

    private readonly ServiceProvider _services;
    private readonly IServer _web;
    private readonly FileStream _lock;
    private readonly CancellationTokenSource _stopping;

    private ControlServer(ServiceProvider services, IServer web, FileStream held, CancellationTokenSource stopping, IPEndPoint? http)
    {
        (_services, _web, _lock) = (services, web, held);
        _stopping = stopping;
        Http = http;
    }

    /// <summary>Where the read-only listener really is; null: off.</summary>
    public IPEndPoint? Http { get; }

    /// <summary>Binds and serves. Error: one sentence that says which address could not be had and why; then there is no server.</summary>
    /// <param name="loggers">Not disposed. The web server's own messages go there from warning on, the control server's all.</param>
    public static async Task<(ControlServer? Server, string? Error)> Start(ControlOptions options, ControlHandlers handlers, ILoggerFactory loggers,
        Supervisor? supervisor = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handlers);
        var log = loggers.CreateLogger("FlipAgent.Control");
        var rules = AccessRules.Of(options.ReadGroup, options.ChangeGroup);
        var (unix, held, unixError) = ControlSocket.BindUnix(options.SocketPath, rules.SocketMode);
        if (unix is null)
            return (null, unixError);
        Socket? tcp = null;
        if (options.Http is { } address)
        {
            (tcp, var tcpError) = ControlSocket.BindTcp(address);
            if (tcp is null)
            {
                unix.Dispose();
                held?.Dispose();
                return (null, tcpError);
            }
        }
        WarnOfMissingGroups(log, options, rules);
        var stopping = new CancellationTokenSource();
        var requests = new RequestDesk(options, handlers, log, supervisor ?? Supervisor.Silent, stopping.Token);
        var services = Services(options, rules, loggers, unix, tcp);
        var web = services.GetRequiredService<IServer>();
        await web.StartAsync(new Requests(requests), CancellationToken.None);
        return (new ControlServer(services, web, held!, stopping, (IPEndPoint?)tcp?.LocalEndPoint), null);
    }

    /// <summary>Ends event streams, lets other answers finish for half a second, and removes the socket.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await _web.StopAsync(limit.Token);
        await _services.DisposeAsync();
        // Last: until now the socket was ours to remove.
        await _lock.DisposeAsync();
        _stopping.Dispose();
    }

    private static ServiceProvider Services(ControlOptions options, AccessRules rules, ILoggerFactory loggers, Socket unix, Socket? tcp)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new BorrowedLoggers(loggers)));
        services.AddMetrics();
        services.AddSingleton<DiagnosticSource>(new DiagnosticListener("Microsoft.AspNetCore"));
        services.Configure<SocketTransportOptions>(transport =>
        {
            transport.CreateBoundListenSocket = address => address is UnixDomainSocketEndPoint ? unix : tcp!;
            // A megabyte otherwise, for each caller that sends on and does not read.
            transport.MaxReadBufferSize = MostUnread;
        });
        new WebServices(services).UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            Limit(kestrel, options);
            var door = new ConnectionGate(options.MostConnections, connection => rules.Judge(SocketOf(connection)));
            kestrel.ListenUnixSocket(options.SocketPath, listen => Listen(listen, door));
            if (tcp is not null)
            {
                var window = new ConnectionGate(options.MostConnections, _ => Caller.OverTcp);
                kestrel.Listen((IPEndPoint)tcp.LocalEndPoint!, listen => Listen(listen, window));
            }
        });
        // After the web server's own, for the last one counts.
        services.AddSingleton<IMemoryPoolFactory<byte>, SharedMemory>();
        return services.BuildServiceProvider();
    }

    private static void Listen(ListenOptions listen, ConnectionGate gate)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => connection => gate.Enter(connection, next));
    }

    private static void Limit(KestrelServerOptions kestrel, ControlOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.KeepAliveTimeout = options.IdleTimeout;
        kestrel.Limits.RequestHeadersTimeout = options.IdleTimeout;
        kestrel.Limits.MaxRequestBodySize = RequestBody.Most;
        kestrel.Limits.MaxRequestLineSize = 2048;
        kestrel.Limits.MaxRequestHeaderCount = 32;
        kestrel.Limits.MaxRequestHeadersTotalSize = 8192;
        kestrel.Limits.MaxRequestBufferSize = MostUnread;
    }

    private static Socket SocketOf(ConnectionContext connection) => connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;

    private static void WarnOfMissingGroups(ILogger log, ControlOptions options, AccessRules rules)
    {
        if (rules.Private)
            log.ControlPrivate(options.ReadGroup, options.ChangeGroup, options.SocketPath);
        else if (rules.ReadGroup is null)
            log.ControlGroupMissing(options.ReadGroup, "read");
        else if (rules.ChangeGroup is null)
            log.ControlGroupMissing(options.ChangeGroup, "change things");
    }

    /// <summary>Every request goes to the desk.</summary>
    private sealed class Requests(RequestDesk desk) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => desk.Answer(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }

    /// <summary>The web server's own pool has its size judged every ten seconds, in use or not, on threads that sleep otherwise.</summary>
    private sealed class SharedMemory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => MemoryPool<byte>.Shared;
    }

    /// <summary>As much of a web host's builder as registers the web server: the platform makes a server without TLS and HTTP/3 in no other way.</summary>
    private sealed class WebServices(IServiceCollection services) : IWebHostBuilder
    {
        public IWebHostBuilder ConfigureServices(Action<IServiceCollection> configureServices)
        {
            configureServices(services);
            return this;
        }

        public IWebHostBuilder ConfigureServices(Action<WebHostBuilderContext, IServiceCollection> configureServices) => throw new NotSupportedException();

        public IWebHostBuilder ConfigureAppConfiguration(Action<WebHostBuilderContext, IConfigurationBuilder> configureDelegate) => throw new NotSupportedException();

        public string? GetSetting(string key) => null;

        public IWebHostBuilder UseSetting(string key, string? value) => throw new NotSupportedException();

#pragma warning disable ASPDEPR008 // the interface still has it
        public IWebHost Build() => throw new NotSupportedException();
#pragma warning restore ASPDEPR008
    }

    /// <summary>Hands the web server's messages to the daemon's loggers, which outlive it.</summary>
    private sealed class BorrowedLoggers(ILoggerFactory loggers) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new WithoutScopes(loggers.CreateLogger(categoryName));

        public void Dispose()
        {
        }
    }

    /// <summary>
    /// The web server opens a scope around each request. Its request_id would end up in our own lines, where that name means the cloud's.
    /// </summary>
    private sealed class WithoutScopes(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logger.Log(logLevel, eventId, state, exception, formatter);
    }
}
