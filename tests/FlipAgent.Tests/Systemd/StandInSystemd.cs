using System.Collections.Concurrent;
using System.Text;
using FlipAgent.Systemd;
using Tmds.DBus.Protocol;

namespace FlipAgent.Tests;

/// <summary>Somebody on the bus with systemd's name, who answers for one service and counts what he is asked.</summary>
internal sealed class StandInSystemd : IPathMethodHandler, IDisposable
{
    public const string UnitPath = "/org/freedesktop/systemd1/unit/web_2eservice";

    private readonly DBusConnection _bus;
    private readonly ConcurrentDictionary<string, int> _asked = new();

    public StandInSystemd(BusDaemon daemon)
    {
        _bus = new(daemon.Address);
        _bus.ConnectAsync().AsTask().Wait();
        _bus.AddMethodHandler(this);
        _bus.RequestNameAsync(UnitReader.Systemd).Wait();
    }

    public string Path => UnitReader.ManagerPath;

    public bool HandlesChildPaths => true;

    /// <summary>Takes questions and leaves them there.</summary>
    public bool Silent { get; set; }

    public volatile string Active = "active";
    public volatile string Sub = "running";
    public volatile int MainPid = Environment.ProcessId;

    /// <summary>The unique name of who asked last.</summary>
    public string Client { get; private set; } = "";

    public int Asked(string member) => _asked.GetValueOrDefault(member);

    public void GiveUpName() => _bus.ReleaseNameAsync(UnitReader.Systemd).Wait();

    /// <param name="to">Empty: to all who asked the bus for it.</param>
    public void SignalChange(string to = "")
    {
        using var writer = _bus.GetMessageWriter();
        writer.WriteSignalHeader(to.Length > 0 ? to : null, UnitPath, UnitReader.Properties, "PropertiesChanged");
        _bus.TrySendMessage(writer.CreateMessage());
    }

    public ValueTask HandleMethodAsync(MethodContext context)
    {
        var request = context.Request;
        var member = request.MemberAsString ?? "";
        Client = request.SenderAsString ?? "";
        _asked.AddOrUpdate(member, 1, (_, n) => n + 1);
        if (Silent)
        {
            // Otherwise the library answers that there is no such method.
            context.DisposesAsynchronously = true;
            return default;
        }
        using var answer = member switch
        {
            "Subscribe" => context.CreateReplyWriter(null),
            "LoadUnit" or "StartUnit" => Object(context),
            "GetAll" => Unit(context),
            "Get" => Property(context),
            _ => throw new InvalidOperationException(member),
        };
        context.Reply(answer.CreateMessage());
        return default;
    }

    public void Dispose() => _bus.Dispose();

    private static MessageWriter Object(MethodContext context)
    {
        var answer = context.CreateReplyWriter("o");
        answer.WriteObjectPath(UnitPath);
        return answer;
    }

    private MessageWriter Unit(MethodContext context)
    {
        var answer = context.CreateReplyWriter("a{sv}");
        var start = answer.WriteDictionaryStart();
        foreach (var (name, value) in (KeyValuePair<string, string>[])[new("Id", "web.service"), new("LoadState", "loaded"), new("ActiveState", Active), new("SubState", Sub)])
        {
            answer.WriteDictionaryEntryStart();
            answer.WriteString(name);
            answer.WriteVariantString(Encoding.ASCII.GetBytes(value));
        }
        answer.WriteDictionaryEnd(start);
        return answer;
    }

    private MessageWriter Property(MethodContext context)
    {
        var body = context.Request.GetBodyReader();
        body.ReadString();
        var name = body.ReadString();
        var answer = context.CreateReplyWriter("v");
        if (name is "MainPID" or "NRestarts")
            answer.WriteVariantUInt32(name == "MainPID" ? (uint)MainPid : 0);
        else
            answer.WriteVariantString(name == "Type" ? "notify"u8 : name == "StatusText" ? ""u8 : "success"u8);
        return answer;
    }
}
