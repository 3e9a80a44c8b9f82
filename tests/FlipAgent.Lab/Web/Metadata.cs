using System.Text.Json.Nodes;
using FlipAgent.Lab.Cloud;

namespace FlipAgent.Lab.Web;

/// <summary>
/// The metadata service, which tells every droplet who it is. Which droplet asks is told by its source address, or by the prefix /droplets/ID where all
/// droplets share one host. The tree of text and the JSON document are two views of one thing.
/// </summary>
internal sealed class Metadata(CloudState state, LabKnobs knobs, Door door)
{
    public void Map(IEndpointRouteBuilder app)
    {
        foreach (var prefix in (string[])["", "/droplets/{droplet}"])
        {
            app.MapGet(prefix + "/metadata/v1.json", context => Handle(context, droplet => Answer.Of(200, Document(droplet))));
            app.MapGet(prefix + "/hetzner/v1/metadata/{leaf?}", context => Handle(context, server => Hetzner(context, server)));
            app.MapGet(prefix + "/metadata/{**path}", context => Handle(context, droplet => Leaf(context, droplet)));
        }
    }

    /// <summary>Hetzner Cloud's: plain leaves below one path, and nothing of floating IPs.</summary>
    private static Answer Hetzner(HttpContext context, Droplet server) => (context.Request.RouteValues["leaf"] as string) switch
    {
        null => Answer.Plain(200, $"availability-zone: fsn1-dc14\nhostname: {server.Name}\ninstance-id: {server.Id}\npublic-ipv4: {server.Public}\nregion: eu-central\n"),
        "instance-id" => Answer.Plain(200, $"{server.Id}"),
        "hostname" => Answer.Plain(200, server.Name),
        "public-ipv4" => Answer.Plain(200, $"{server.Public}"),
        "region" => Answer.Plain(200, "eu-central"),
        "availability-zone" => Answer.Plain(200, "fsn1-dc14"),
        "private-networks" => Answer.Plain(200, $"- ip: {server.Private}\n  alias_ips: []\n  interface_num: 1\n  network_id: {server.Network}\n  network_name: private\n"),
        _ => NotFound,
    };

    private Task Handle(HttpContext context, Func<Droplet, Answer> answer)
    {
        if (!knobs.MetadataUp)
        {
            Answer.Reset(context);
            return Task.CompletedTask;
        }

        var droplet = Who(context);
        return door.Pass(context, FaultPoint.Metadata, null, droplet is null ? null : $"{droplet.Id}",
            _ => Task.FromResult(droplet is null ? NotFound : state.Look(() => answer(droplet))),
            new("metadata", $"GET {context.Request.Path}") { DropletId = droplet?.Id });
    }

    private static Answer NotFound => Answer.Plain(404, "not found");

    private Droplet? Who(HttpContext context) => context.Request.RouteValues["droplet"] is string id
        ? state.Droplet(long.TryParse(id, out var number) ? number : null)
        : context.Connection.RemoteIpAddress is { } source ? state.Droplets.FirstOrDefault(d => d.HasAddress(source.MapToIPv4())) : null;

    private Answer Leaf(HttpContext context, Droplet droplet)
    {
        var path = context.Request.RouteValues["path"] as string ?? "";
        if (path is "v1")
        {
            return Elsewhere(context);
        }

        JsonNode? node = path.StartsWith("v1/", StringComparison.Ordinal) ? Tree(droplet) : null;
        foreach (var step in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            node = (node as JsonObject)?[step];
        }

        return node switch
        {
            null => NotFound,
            JsonObject when !path.EndsWith('/') => Elsewhere(context),
            JsonObject directory => Answer.Plain(200, string.Join('\n', directory.Select(e => e.Value is JsonObject ? e.Key + "/" : e.Key))),
            _ when path.EndsWith('/') => NotFound,
            _ => Answer.Plain(200, node.ToString()),
        };
    }

    private static Answer Elsewhere(HttpContext context) => Answer.Plain(301, "").With("location", context.Request.Path + "/");

    /// <summary>The text tree. A droplet without the address has no <c>ip_address</c> there.</summary>
    private JsonObject Tree(Droplet droplet)
    {
        var tree = Parse($$"""
            {"id":"{{droplet.Id}}","hostname":"{{droplet.Name}}","user-data":"","vendor-data":"","public-keys":"",
             "region":"{{droplet.Region}}","tags":{"web-lb":""},
             "interfaces":{
               "public":{"0":{"mac":"04:01:2a:0f:2a:01","type":"public",
                 "ipv4":{"address":"{{droplet.Public}}","netmask":"255.254.0.0","gateway":"198.18.0.1"},
                 "anchor_ipv4":{"address":"{{droplet.Anchor}}","netmask":"255.255.0.0","gateway":"10.17.0.1"} } },
               "private":{"0":{"mac":"04:01:2a:0f:2a:02","type":"private",
                 "ipv4":{"address":"{{droplet.Private}}","netmask":"255.255.0.0","gateway":"10.110.0.1"} } } },
             "dns":{"nameservers":"67.207.67.2\n67.207.67.3"} }
            """);
        foreach (var name in (string[])["floating_ip", "reserved_ip"])
        {
            var v4 = Held(droplet, v6: false) is { } ip
                ? new JsonObject { ["ip_address"] = $"{ip.Address}", ["active"] = "true" }
                : new JsonObject { ["active"] = "false" };
            tree[name] = new JsonObject { ["ipv4"] = v4 };
        }

        tree["reserved_ip"]!["ipv6"] = Held(droplet, v6: true) is { } ip6
            ? new JsonObject { ["ip_address"] = $"{ip6.Address}", ["active"] = "true" }
            : new JsonObject { ["active"] = "false" };
        tree["features"] = new JsonObject { ["dhcp_enabled"] = "true" };
        return tree;
    }

    private JsonObject Document(Droplet droplet)
    {
        static string Address(FloatingIp? ip) => ip is null ? """{"active":false}""" : $$"""{"active":true,"ip_address":"{{ip.Address}}"}""";
        var v4 = Address(Held(droplet, v6: false));
        return Parse($$"""
            {"droplet_id":{{droplet.Id}},"hostname":"{{droplet.Name}}","vendor_data":"","user_data":"","public_keys":[],
             "region":"{{droplet.Region}}","tags":["web-lb"],
             "interfaces":{
               "private":[{"ipv4":{"ip_address":"{{droplet.Private}}","netmask":"255.255.0.0","gateway":"10.110.0.1"},
                 "mac":"04:01:2a:0f:2a:02","type":"private"}],
               "public":[{"ipv4":{"ip_address":"{{droplet.Public}}","netmask":"255.254.0.0","gateway":"198.18.0.1"},
                 "anchor_ipv4":{"ip_address":"{{droplet.Anchor}}","netmask":"255.255.0.0","gateway":"10.17.0.1"},
                 "mac":"04:01:2a:0f:2a:01","type":"public"}]},
             "floating_ip":{"ipv4":{{v4}} },
             "reserved_ip":{"ipv4":{{v4}},"ipv6":{{Address(Held(droplet, v6: true))}} },
             "dns":{"nameservers":["67.207.67.2","67.207.67.3"]},"features":{"dhcp_enabled":true} }
            """);
    }

    private FloatingIp? Held(Droplet droplet, bool v6) => state.Ips.FirstOrDefault(i => i.V6 == v6 && i.MetadataSays == droplet.Id);

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
