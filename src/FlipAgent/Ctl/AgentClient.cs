using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlipAgent.Control;
using FlipAgent.Redaction;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>
/// Talks to the agent of this machine over its control socket, and turns everything that can go wrong on the way into an exit code and a sentence.
/// </summary>
internal sealed class AgentClient : IDisposable
{
    /// <summary>The agent gives an answer up after 5 s; a little more for the way.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(8);

    /// <summary>For reload, check and test-alert, which the agent gives up after 30 s.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(35);

    /// <summary>Between two tries while the agent is busy.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <summary>With less left, no other try is begun.</summary>
    private static readonly TimeSpan s_leastTime = TimeSpan.FromSeconds(1);

    /// <summary>sun_path of unix(7), without the zero at its end.</summary>
    private const int LongestSocket = 107;

    private readonly string _socket;

    /// <summary>A name that no socket can have: nobody was asked, so the outcome is known.</summary>
    private readonly Failure? _noName;
    private readonly HttpClient _http;

    public AgentClient(string socket)
    {
        _socket = socket;
        if (socket.Length == 0 || Encoding.UTF8.GetByteCount(socket) is > LongestSocket)
            _noName = new Failure(ExitCode.Usage, $"the name of the control socket (--socket, else ${CtlProgram.SocketVariable}) "
                + $"{(socket.Length == 0 ? "is empty" : $"has {Encoding.UTF8.GetByteCount(socket)} bytes")}; expected a path of at most {LongestSocket} bytes");
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = Connect,
            UseProxy = false,
            AllowAutoRedirect = false,
            // The agent closes a silent connection after 5 s; a person thinks longer than that about a question.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2),
        };
        _http = new HttpClient(handler)
        {
            BaseAddress = new Uri("http://flipagent/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The process that listens, by the kernel's word, once it has been asked something; 0: not known, as that of another pid namespace.</summary>
    public int Process { get; private set; }

    public void Dispose() => _http.Dispose();

    public Task<Answer<StatusReport>> Status(CancellationToken stop) => Get("v1/status", ReportJson.Default.StatusReport, Usual, stop);

    public async Task<Answer<T>> Get<T>(string path, JsonTypeInfo<T> type, TimeSpan timeout, CancellationToken stop)
    {
        var answer = await GetText(path, timeout, stop);
        return answer.Failure ?? Parse(answer.Value!, type);
    }

    public Task<Answer<string>> GetText(string path, TimeSpan timeout, CancellationToken stop) =>
        Ask(() => new HttpRequestMessage(HttpMethod.Get, path), timeout, stop, reads: true);

    /// <summary>The text of the agent's report when it did it; otherwise why not.</summary>
    public async Task<Answer<string>> Post(ChangeRequest change, TimeSpan timeout, CancellationToken stop)
    {
        var answer = await Ask(change.Request, timeout, stop);
        if (answer.Failure is { } failure)
            return failure;
        var report = Parse(answer.Value!, ReportJson.Default.CommandReport);
        return report.Failure ?? new Answer<string>(Shown(report.Value!.Text ?? ""), null);
    }

    /// <summary>Lines as they come, until the agent ends the stream or <paramref name="stop"/>.</summary>
    public async Task<Failure> Lines(string path, Action<string> take, CancellationToken stop)
    {
        if (_noName is { } noName)
            return noName;
        try
        {
            using var response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, stop);
            if (!response.IsSuccessStatusCode)
                return FailureOf(response.StatusCode, await AnswerReader.Text(response.Content, stop));
            return await AnswerReader.Lines(await response.Content.ReadAsStreamAsync(stop), take, stop) ? new Failure(ExitCode.NotRunning, "the agent stopped") : Unreadable();
        }
        catch (HttpRequestException e)
        {
            return FailureOf(e);
        }
        catch (IOException)
        {
            return new Failure(ExitCode.NotRunning, "the agent went away");
        }
        catch (JsonException)
        {
            return Unreadable();
        }
    }

    private async Task<Answer<string>> Ask(Func<HttpRequestMessage> request, TimeSpan timeout, CancellationToken stop, bool reads = false)
    {
        if (_noName is { } noName)
            return noName;
        using var time = CancellationTokenSource.CreateLinkedTokenSource(stop);
        time.CancelAfter(timeout);
        var started = Stopwatch.GetTimestamp();
        try
        {
            while (true)
            {
                if (await AskOnce(request, time.Token) is { } answer)
                    return answer;
                // The outcome of a request that the time-out cuts off would be unknown; this one's is known.
                if (timeout - Stopwatch.GetElapsedTime(started) < s_leastTime)
                    return new Failure(ExitCode.Failed, "the agent is busy with too many connections; nothing was done");
                await Task.Delay(s_pause, time.Token);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new Failure(ExitCode.Unknown, $"the agent did not answer within {timeout.TotalSeconds:0} s: "
                + (reads ? "journalctl -u flipagent -n 50 may say what holds it up; systemctl restart flipagent moves nothing" : "the outcome is unknown"));
        }
    }

    /// <summary>Null: all seats were taken (ConnectionGate), nothing was read, so nothing was done, and asking again is safe.</summary>
    private async Task<Answer<string>?> AskOnce(Func<HttpRequestMessage> request, CancellationToken stop)
    {
        try
        {
            using var message = request();
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stop);
            var text = await AnswerReader.Text(response.Content, stop);
            if (response.IsSuccessStatusCode)
                return new Answer<string>(text, null);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
                return null;
            return FailureOf(response.StatusCode, text);
        }
        catch (HttpRequestException e) when (WasTurnedAway(e))
        {
            return null;
        }
        catch (HttpRequestException e)
        {
            return FailureOf(e);
        }
    }

    /// <summary>
    /// The server closed before it read what was sent: on a unix socket only that gives EPIPE or, with bytes left unread, ECONNRESET (af_unix.c,
    /// unix_release_sock). A request is one write, so none of it was read. An agent that dies over a request it has read ends the stream instead.
    /// </summary>
    private static bool WasTurnedAway(Exception e)
    {
        for (var inner = e.InnerException; inner is not null; inner = inner.InnerException)
            if (inner is SocketException { SocketErrorCode: SocketError.Shutdown or SocketError.ConnectionReset })
                return true;
        return false;
    }

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), stop);
            Process = CallerCredentials.PidOf(socket);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Failure FailureOf(HttpRequestException e) => e.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            new Failure(ExitCode.Permission, $"no permission to open {_socket}: run it as root or as the agent's own user"),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } =>
            new Failure(ExitCode.NotRunning, $"the agent is not running here: nothing listens on {_socket} (systemctl status flipagent says why)"),
        SocketException when !Path.Exists(_socket) =>
            new Failure(ExitCode.NotRunning, $"the agent is not running here: there is no {_socket} (systemctl status flipagent says why)"),
        _ => new Failure(ExitCode.Unknown, $"the connection to the agent broke: {Printable.Of(e.InnerException?.Message ?? e.Message)}"),
    };

    private static Failure FailureOf(HttpStatusCode status, string text)
    {
        if (Parse(text, ReportJson.Default.CommandReport).Value is { Error: { } error } report)
            return new Failure(report.Code is >= ExitCode.Failed and <= ExitCode.ConfigInvalid ? report.Code : ExitCode.Failed, Shown(error));
        return new Failure(ExitCode.Failed, $"the agent answered HTTP {(int)status}");
    }

    /// <summary>For a terminal, line by line: whatever listens there may have written it.</summary>
    public static string Shown(string text) => string.Join('\n', text.Split('\n').Select(line => Printable.Of(line)));

    /// <summary>An answer whose text is needed too.</summary>
    public static Answer<T> Parse<T>(string text, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(text, type) is { } value ? new Answer<T>(value, null) : Unreadable();
        }
        catch (JsonException)
        {
            return Unreadable();
        }
    }

    /// <summary>What came is not what an agent says.</summary>
    public static Failure Unreadable() => new(ExitCode.Failed, "the agent's answer could not be read: is it another version? (flipagentctl version)");
}
