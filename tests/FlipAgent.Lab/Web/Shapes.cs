using System.Text.Json.Nodes;
using FlipAgent.Lab.Cloud;

namespace FlipAgent.Lab.Web;

/// <summary>
/// The cloud's objects as it prints them: every key that a real answer has, and the values where they matter. Callers hold
/// the state's lock, so that one answer is one moment.
/// </summary>
internal static class Shapes
{
    private static readonly Dictionary<string, string> s_regionNames = new()
    {
        ["ams3"] = "Amsterdam 3",
        ["nyc1"] = "New York 1",
        ["nyc3"] = "New York 3",
        ["sfo3"] = "San Francisco 3",
    };

    private const string Project = "746c6152-2fa2-11ed-92d3-27aaa54e4988";

    private const string Image = """
        {"id":63663980,"name":"12 x64","type":"base","distribution":"Debian","slug":"debian-12-x64","public":true,"regions":["nyc3"],
         "created_at":"2023-06-15T05:47:50Z","min_disk_size":10,"size_gigabytes":0.54,"description":"","tags":[],
         "status":"available","error_message":""}
        """;

    private const string Size = """
        {"slug":"s-1vcpu-1gb","memory":1024,"vcpus":1,"disk":25,"transfer":1.0,"price_monthly":6.0,"price_hourly":0.00893,
         "regions":["nyc3"],"available":true,"description":"Basic"}
        """;

    /// <param name="droplet">The holder; null: nobody, or the token is not allowed to read droplets.</param>
    public static JsonObject FloatingIp(FloatingIp ip, JsonObject? droplet, bool withProject)
    {
        if (ip.V6)
        {
            return new() { ["ip"] = $"{ip.Address}", ["region_slug"] = ip.Region, ["reserved_at"] = Time(ip.ReservedAt), ["droplet"] = droplet };
        }

        var shape = new JsonObject
        {
            ["ip"] = $"{ip.Address}",
            ["droplet"] = droplet,
            ["region"] = Region(ip.Region),
            ["locked"] = ip.Pending is not null,
        };
        if (withProject)
        {
            shape["project_id"] = Project;
        }

        return shape;
    }

    /// <param name="resource">floating_ip, reserved_ip or reserved_ipv6: the name that the caller used.</param>
    public static JsonObject Action(CloudAction action, string resource, bool withProject)
    {
        var shape = new JsonObject
        {
            ["id"] = action.Id,
            ["status"] = action.Status,
            ["type"] = action.Type,
            ["started_at"] = Time(action.StartedAt),
            ["completed_at"] = action.CompletedAt is { } at ? Time(at) : null,
            ["resource_id"] = action.Ip.ResourceId,
            ["resource_type"] = resource,
            ["region"] = Region(action.Ip.Region),
            ["region_slug"] = action.Ip.Region,
        };
        if (withProject)
        {
            shape["project_id"] = Project;
        }

        return shape;
    }

    /// <param name="held">The floating IPv4 that it holds: real answers list it as one more public address.</param>
    public static JsonObject Droplet(Droplet droplet, bool busy, FloatingIp? held)
    {
        var v4 = new JsonArray(
            Network($"{droplet.Public}", "255.254.0.0", "198.18.0.1", "public"),
            Network($"{droplet.Private}", "255.255.0.0", "10.110.0.1", "private"));
        if (held is not null)
        {
            v4.Add((JsonNode)Network($"{held.Address}", "255.255.192.0", "203.0.113.1", "public"));
        }

        return Parse($$"""
            {"id":{{droplet.Id}},"name":"{{droplet.Name}}","memory":1024,"vcpus":1,"disk":25,"locked":{{(busy ? "true" : "false")}},
             "status":"{{(droplet.On ? "active" : "off")}}","kernel":null,"created_at":"{{Time(droplet.CreatedAt)}}",
             "features":["private_networking"],
             "backup_ids":[],"next_backup_window":null,"snapshot_ids":[],"image":{{Image}},"volume_ids":[],"size":{{Size}},"size_slug":"s-1vcpu-1gb",
             "networks":{"v4":{{v4.ToJsonString()}},"v6":[]},"region":{{Region(droplet.Region).ToJsonString()}},"tags":[{{string.Join(',', droplet.Tags.Select(tag => $"\"{tag}\""))}}],
             "vpc_uuid":"{{(droplet.Network == DropletSpec.UsualNetwork ? "760e09ef-dc84-11e8-981e-3cfdfeaae000" : $"760e09ef-dc84-11e8-981e-{droplet.Network:x12}")}}"}
            """);
    }

    public static JsonObject Account() => Parse("""
        {"droplet_limit":25,"floating_ip_limit":3,"reserved_ip_limit":3,"volume_limit":100,"email":"lab@example.com","name":"Lab",
         "uuid":"b6fr89dbf6d9156cace5f3c78dc9851d957381ef","email_verified":true,"status":"active","status_message":"",
         "team":{"uuid":"5df3e3004a17e242b7c20ca6c9fc25b701a47ece","name":"My Team"}}
        """);

    /// <summary>Wraps one page of a list: <c>links.pages</c> names only the pages that there are.</summary>
    /// <param name="url">Address of the list without its query.</param>
    public static JsonObject Page<T>(string key, IReadOnlyList<T> all, Func<T, JsonObject> shape, string url, int page, int perPage)
    {
        var last = Math.Max(1, (all.Count + perPage - 1) / perPage);
        var pages = new JsonObject();
        void Link(string name, int number) => pages[name] = $"{url}?page={number}&per_page={perPage}";
        if (page > 1)
        {
            Link("first", 1);
            Link("prev", page - 1);
        }

        if (page < last)
        {
            Link("next", page + 1);
            Link("last", last);
        }

        return new()
        {
            [key] = new JsonArray([.. all.Skip((page - 1) * perPage).Take(perPage).Select(shape)]),
            ["links"] = pages.Count == 0 ? new JsonObject() : new JsonObject { ["pages"] = pages },
            ["meta"] = new JsonObject { ["total"] = all.Count },
        };
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    private static JsonObject Region(string slug) => Parse($$"""
        {"name":"{{s_regionNames.GetValueOrDefault(slug, slug.ToUpperInvariant())}}","slug":"{{slug}}","available":true,
         "features":["private_networking","backups","ipv6","metadata","install_agent","storage","image_transfer"],
         "sizes":["s-1vcpu-1gb","s-1vcpu-2gb","s-2vcpu-2gb","s-2vcpu-4gb"]}
        """);

    private static JsonObject Network(string address, string netmask, string gateway, string type) =>
        new() { ["ip_address"] = address, ["netmask"] = netmask, ["gateway"] = gateway, ["type"] = type };

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
