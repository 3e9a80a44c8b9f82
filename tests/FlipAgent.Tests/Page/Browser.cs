using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlipAgent.Harness;

namespace FlipAgent.Tests.Page;

/// <summary>
/// A headless Chromium of its own with one page, driven by the DevTools protocol over its WebSocket. Whatever the page or the browser complains of is kept, and so is each address that it asked.
/// </summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flipagent-browser-");
    private readonly OwnedProcess _process;
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _asked = new();
    private readonly CancellationTokenSource _end = new();
    private Task _reading = Task.CompletedTask;
    private int _loads;
    private int _id;

    private Browser()
    {
        string[] options =
        [
            "--headless", "--remote-debugging-port=0", $"--user-data-dir={_folder.FullName}", "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--mute-audio", "--hide-scrollbars",
            // It reaches nothing but this machine, whatever it would like to.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            // Its sandbox refuses to be root's.
            .. Environment.UserName == "root" ? new[] { "--no-sandbox" } : [],
            "about:blank",
        ];
        _process = new(new() { Name = "chromium", Log = Path.Combine(_folder.FullName, "log"), OwnGroup = true }, ["chromium", .. options]);
    }

    /// <summary>Errors and warnings of the console, exceptions, and violations of the Content-Security-Policy.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>All that was asked of the network.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>How often a document was loaded.</summary>
    public int Loads => Volatile.Read(ref _loads);

    public static async Task<Browser> Start()
    {
        var browser = new Browser();
        try
        {
            await browser.Connect();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>As a window of that width, and a browser that wishes it dark or light.</summary>
    public async Task Look(int width, bool dark)
    {
        var height = width < 600 ? 844 : 900;
        await Send("Emulation.setDeviceMetricsOverride", new()
        {
            ["width"] = width,
            ["height"] = height,
            ["screenWidth"] = width,
            ["screenHeight"] = height,
            ["deviceScaleFactor"] = 1,
            ["mobile"] = width < 600,
        });
        await Send("Emulation.setEmulatedMedia", new() { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }) });
    }

    /// <summary>Goes there and waits until the document is complete.</summary>
    public async Task Open(Uri address)
    {
        var before = Loads;
        var answer = await Send("Page.navigate", new() { ["url"] = address.AbsoluteUri });
        Assert.Null(answer["errorText"]);
        await Until.TrueAsync(() => Loads > before, $"{address} is loaded");
    }

    /// <summary>The value of an expression of JavaScript, which may be a promise.</summary>
    public async Task<T> Value<T>(string expression)
    {
        var answer = await Send("Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        if (answer["exceptionDetails"] is { } failed)
            throw new InvalidOperationException($"{expression}: {failed.ToJsonString()}");
        return answer["result"]!["value"].Deserialize<T>()!;
    }

    /// <summary>Waits until the expression is true. A page that is just being loaded again answers later.</summary>
    public Task Becomes(string expression, double seconds = 20) => Until.True(
        async () =>
        {
            try
            {
                return await Value<bool>($"!!({expression})");
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        },
        async () => $"{expression}; the page says: {await Value<string>("document.body.innerText")}", seconds);

    public async Task Press(string key, int code)
    {
        foreach (var kind in new[] { "rawKeyDown", "keyUp" })
            await Send("Input.dispatchKeyEvent", new() { ["type"] = kind, ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code });
    }

    /// <summary>The whole page as PNG.</summary>
    public async Task<byte[]> Picture()
    {
        var size = (await Send("Page.getLayoutMetrics"))["cssContentSize"]!;
        var clip = new JsonObject { ["x"] = 0, ["y"] = 0, ["width"] = (double)size["width"]!, ["height"] = (double)size["height"]!, ["scale"] = 1 };
        var answer = await Send("Page.captureScreenshot", new() { ["format"] = "png", ["captureBeyondViewport"] = true, ["clip"] = clip });
        return Convert.FromBase64String((string)answer["data"]!);
    }

    /// <summary>One command of the protocol.</summary>
    public async Task<JsonNode> Send(string method, JsonObject? parameters = null)
    {
        var id = Interlocked.Increment(ref _id);
        var answer = _asked[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] });
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, true, _end.Token);
        }
        finally
        {
            _sending.Release();
        }
        var result = await answer.Task.WaitAsync(s_limit);
        return result["error"] is { } error ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}") : result["result"]!;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading.ContinueWith(_ => { }, TaskScheduler.Default);
        _socket.Dispose();
        _process.Dispose();
        _sending.Dispose();
        _end.Dispose();
        // Its children are being killed, too; the last of them may still write.
        Until.True(
            () =>
            {
                try
                {
                    _folder.Delete(recursive: true);
                    return true;
                }
                catch (IOException)
                {
                    return false;
                }
            },
            $"{_folder} can be deleted");
    }

    private async Task Connect()
    {
        var file = Path.Combine(_folder.FullName, "DevToolsActivePort");
        await Until.TrueAsync(() => File.Exists(file) && File.ReadAllText(file).Contains('\n') || !_process.Runs, "chromium listens");
        if (!_process.Runs)
            throw new InvalidOperationException($"chromium ended with {_process.ExitCode}: {_process.Output}");
        var port = int.Parse((await File.ReadAllLinesAsync(file))[0], CultureInfo.InvariantCulture);
        using var http = new HttpClient { Timeout = s_limit };
        JsonNode? page = null;
        await Until.True(
            async () => (page = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/json/list")))!.AsArray().FirstOrDefault(one => (string?)one!["type"] == "page")) is not null,
            "chromium has a page");
        await _socket.ConnectAsync(new((string)page!["webSocketDebuggerUrl"]!), _end.Token);
        _reading = Read();
        foreach (var domain in new[] { "Page", "Runtime", "Log", "Network", "Accessibility" })
            await Send($"{domain}.enable");
        await Send("Page.addScriptToEvaluateOnNewDocument", new()
        {
            ["source"] = "document.addEventListener('securitypolicyviolation',e=>console.error('policy: '+e.violatedDirective+' '+e.blockedURI+' '+e.sample))",
        });
    }

    private async Task Read()
    {
        var buffer = new byte[65536];
        using var message = new MemoryStream();
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, _end.Token);
            message.Write(buffer, 0, part.Count);
            if (!part.EndOfMessage)
                continue;
            if (part.MessageType == WebSocketMessageType.Close)
                return;
            Take(JsonNode.Parse(message.ToArray())!);
            message.SetLength(0);
        }
    }

    private void Take(JsonNode message)
    {
        if ((int?)message["id"] is { } id)
        {
            if (_asked.TryRemove(id, out var waiting))
                waiting.SetResult(message);
            return;
        }
        var what = message["params"]!;
        switch ((string?)message["method"])
        {
            case "Page.loadEventFired":
                Interlocked.Increment(ref _loads);
                break;
            case "Network.requestWillBeSent":
                Requests.Enqueue((string)what["request"]!["url"]!);
                break;
            case "Log.entryAdded" when (string?)what["entry"]!["level"] is "error" or "warning":
                Complaints.Enqueue(what["entry"]!["text"] + " " + what["entry"]!["url"]);
                break;
            case "Runtime.exceptionThrown":
                Complaints.Enqueue(what["exceptionDetails"]!.ToJsonString());
                break;
            case "Runtime.consoleAPICalled" when (string?)what["type"] is "error" or "warning" or "assert":
                Complaints.Enqueue(what["args"]!.ToJsonString());
                break;
        }
    }
}
