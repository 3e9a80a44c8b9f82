using System.Globalization;
using System.Net;
using FlipAgent.Core;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud;

/// <summary>
/// Asks the droplet's metadata service whether the floating IP is here. Like asking the porter whether a letter for us has come: quick, needs no
/// token and no internet, but he only hears of it some time after the post office decided (rule C6: a witness, the API is the judge).
/// </summary>
public sealed class MetadataClient : IDisposable
{
    // reserved_ip is the name since 2022, floating_ip the one before; same content.
    private static readonly string[] s_names = ["reserved_ip", "floating_ip"];

    private readonly HttpLine _line;
    private readonly TimeLimit _limit;
    private readonly IPAddress _floatingIp;

    /// <param name="url">http://169.254.169.254 on a droplet.</param>
    /// <param name="ownAddress">This node's own address. Bound to as local address when the service is on loopback, where many nodes share one
    /// machine and the stand-in tells them apart by it; a real metadata service knows who asks.</param>
    public MetadataClient(Uri url, IPAddress floatingIp, IPAddress ownAddress)
        : this(url, floatingIp, ownAddress, TimeSpan.FromSeconds(1))
    {
    }

    internal MetadataClient(Uri url, IPAddress floatingIp, IPAddress ownAddress, TimeSpan limit)
    {
        var book = new AddressBook(url.IdnHost, file: null, new NameLookup(Dns.GetHostAddresses));
        _line = new HttpLine(url, book, url.IsLoopback ? ownAddress : null);
        _limit = new TimeLimit(limit);
        _floatingIp = floatingIp;
    }

    /// <summary>Never throws for anything that the world does; ends within 1 s.</summary>
    public Task<Input.MetadataRead> ReadOnce() => _limit.Run(Read, () => Unknown("no answer in time"));

    /// <summary>The id of this droplet; null: nothing came within 1 s that is one. Never throws for anything that the world does.</summary>
    public Task<long?> ReadId() => _limit.Run<long?>(
        async cancel => IdIn(Value(await _line.Send(HttpMethod.Get, "/metadata/v1/id", null, null, cancel).ConfigureAwait(false))),
        () => null);

    /// <summary>The anchor address of this droplet; null: none was named within 1 s. Never throws for anything that the world does.</summary>
    public Task<IPAddress?> ReadAnchor() => _limit.Run<IPAddress?>(
        async cancel =>
        {
            var answer = await _line.Send(HttpMethod.Get, "/metadata/v1/interfaces/public/0/anchor_ipv4/address", null, null, cancel).ConfigureAwait(false);
            return IPAddress.TryParse(Value(answer)?.Trim(), out var anchor) ? anchor : null;
        },
        () => null);

    public void Dispose() => _line.Dispose();

    private async Task<Input.MetadataRead> Read(CancellationToken cancel)
    {
        foreach (var name in s_names)
        {
            var active = await Get(name, "active", cancel).ConfigureAwait(false);
            if (active.Code == 404)
                continue;
            return Value(active) switch
            {
                "false" => new Input.MetadataRead(Witness.NotHere, $"{name} active: false"),
                "true" => Judge(name, await Get(name, "ip_address", cancel).ConfigureAwait(false)),
                _ => Unknown($"{name} active: {Describe(active)}"),
            };
        }
        return Unknown("404: this service knows neither reserved_ip nor floating_ip");
    }

    private Input.MetadataRead Judge(string name, HttpAnswer address)
    {
        // A droplet has one reserved IP at most: another one here means that ours is not.
        if (!IPAddress.TryParse(Value(address), out var here))
            return Unknown($"{name} ip_address: {Describe(address)}");
        return here.Equals(_floatingIp)
            ? new Input.MetadataRead(Witness.Here, $"{name} active: true")
            : new Input.MetadataRead(Witness.NotHere, $"{name} active with another address, {here}");
    }

    private Task<HttpAnswer> Get(string name, string leaf, CancellationToken cancel) =>
        _line.Send(HttpMethod.Get, $"/metadata/v1/{name}/ipv4/{leaf}", null, null, cancel);

    /// <summary>The exact value, but for the newline that a file on a web server ends with; null when there is none to believe.</summary>
    private static string? Value(HttpAnswer answer) =>
        answer is { Exchange: Exchange.Answered, Code: 200, Body.Length: <= 64 } ? answer.Text.TrimEnd('\n') : null;

    /// <summary>Digits and nothing else, as the cloud writes its ids.</summary>
    private static long? IdIn(string? text) =>
        text is ['1' or '2' or '3' or '4' or '5' or '6' or '7' or '8' or '9', ..] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static string Describe(HttpAnswer answer) => answer.Exchange switch
    {
        Exchange.Answered when answer.Code == 200 => "neither true nor false nor an address",
        Exchange.Answered => answer.Code.ToString(),
        _ => answer.Detail,
    };

    private static Input.MetadataRead Unknown(string detail) => new(Witness.Unknown, detail);
}
