using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlipAgent.Naming;

namespace FlipAgent.Tests.Config;

/// <summary>
/// The configuration file as a JSON Schema (json-schema.org, draft 2020-12), for editors: keys, kinds and ranges. What only the reader can know (names that must differ, keys that go
/// together, files) is left to <c>flipagentctl config check</c>. REWRITE=1 makes deploy/flipagent.schema.json of it, which the program has in it and prints; tests hold it against the keys that
/// the reader asks for, and against files that the reader accepts.
/// </summary>
internal static class SchemaSource
{
    // ${NAME} and ${NAME:-default} stand for any value.
    private const string Variable = @"\$\{";

    private const string Time = @"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$|" + Variable;

    private static readonly JavaScriptEncoder s_encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>The schema as text, with line breaks.</summary>
    public static string Text()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = s_encoder }))
            Root().WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static JsonObject Root()
    {
        var root = Map("FlipAgent's configuration, the same file on every node (docs/configuration.md)", ["cluster", "nodes", "election", "checks"],
            ("cluster", Name("The same on all nodes; adverts of another cluster are dropped")),
            ("node", Name("Which of the nodes this machine is; by default the one whose address is on it, else the one with its host name")),
            ("nodes", List(1, 16, Node(), "All nodes, in order of preference")),
            ("election", Election()),
            ("floating_ip", FloatingIp()),
            ("floating_ips", List(1, 16, new JsonObject { ["type"] = "object", ["required"] = Array(["address"]) }, "Several addresses that move together, in place of floating_ip: one such mapping for each")),
            ("checks", List(1, null, Check(), "How each node sees whether its own HAProxy is well")),
            ("alerts", OrNothing(List(0, null, Alert(), "Whom to tell"))),
            ("control", OrNothing(Control())),
            ("runtime_dir", Path("What need not survive a reboot; default $RUNTIME_DIRECTORY, else /run/flipagent")),
            ("state_dir", Path("What should; default $STATE_DIRECTORY, else /var/lib/flipagent")));
        root["oneOf"] = Keys("floating_ip", "floating_ips");
        root.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        root.Insert(1, "title", "flipagent.yaml");
        return root;
    }

    private static JsonObject Node()
    {
        var node = Map("A node", ["name", "address", "priority"],
            ("name", Name("How it is called in every output")),
            ("address", Text("Where the others reach it: its private address")),
            ("droplet_id", Whole("Its number at DigitalOcean", 1, long.MaxValue)),
            ("server_id", new JsonObject { ["description"] = "The server as its cloud names it: a number, a UUID, i-0abc", ["type"] = new JsonArray("string", "number") }),
            ("priority", Whole("Higher is preferred", 1, 254)));
        node["oneOf"] = Keys("droplet_id", "server_id");
        return node;
    }

    private static JsonObject Election() => Map("How the nodes talk to each other, and how long they wait", ["key_file"],
        ("transport", OneOf("How adverts travel", "udp")),
        ("port", Whole("UDP port, of sender and receiver; default 5112", 1, 65535)),
        ("multicast", Text("IPv4 group to send to, instead of each node's address")),
        ("interval", Duration("Time between two adverts, 10ms to 40s; default 1s")),
        ("preempt", Bool("A recovered node of higher priority takes over again; default false")),
        ("preempt_delay", Duration("How long it must have been better, without a break, 0s to 1h; default 30s")),
        ("takeback_delay", Duration("How long nobody sees the service answer at its new holder before the move is taken back, 1s to 10m; default 5s")),
        ("startup_delay", Duration("Listen at least this long after a start, 0s to 10m; default 0s")),
        ("key_file", Text("The file with the cluster's key (flipagentctl keygen)")),
        ("lease", Lease()));

    private static JsonObject Lease() => Map("A node is master only while it holds a lease in etcd (docs/lease.md)", ["etcd"],
        ("etcd", OneOrMore(Text("The URL of a member of etcd: http(s)://host:port"))),
        ("ttl", Duration("How long it lasts without a renewal, whole seconds, 2s to 60s; default 5s")),
        ("prefix", Text("What the key begins with; default /flipagent")),
        ("ca_file", Text("The file with the certificate authorities to trust; default the system's")),
        ("cert_file", Text("The file with the client certificate")),
        ("cert_key_file", Text("The file with its private key")),
        ("username", Text("A user of etcd")),
        ("password_file", Text("The file with the password")));

    private static JsonObject FloatingIp()
    {
        var ip = Map("The address that follows the master, and the cloud that moves it", ["provider"], OfFloatingIp());
        ip["oneOf"] = Keys("address", "addresses");
        return ip;
    }

    private static (string, JsonObject)[] OfFloatingIp() =>
    [
        ("provider", OneOf("Who moves the address", [.. CloudVendor.All.Select(v => v.Name)])),
        ("address", Text("The floating IP (reserved IP)")),
        ("addresses", List(1, 16, new JsonObject { ["type"] = "string" }, "Several that move together; the first leads")),
        ("token_file", Text("The file with the API token (DigitalOcean: reserved_ip:read, reserved_ip:update, droplet:read; Hetzner: Read & Write)")),
        ("command", Argv("With exec: the program that asks the cloud, and its arguments")),
        ("command_timeout", Duration("With exec: how long one run may take, 1s to 60s; default 30s")),
        ("guard", Text("What is asked before the address is taken from a silent master: http(s)://..., tcp://host:port or off; default the first http or tcp check")),
        ("guard_timeout", Duration("How long the guard waits for an answer, 10ms to 10s; default 400ms")),
        ("api_url", Text("Another API, for tests")),
        ("metadata_url", Text("Another metadata service, for tests")),
        ("https_proxy", Text("An HTTP proxy that the API is reached through, http://host:port")),
        ("on_foreign_move", OneOf("When somebody moves the address to a droplet that is none of the nodes; default alert", "alert", "reclaim")),
    ];

    private static JsonObject Check()
    {
        var process = Either(Text("A unit (ends in .service), a pid file (begins with /) or the name of a process"), Exactly(1, Map("Which process", [],
            ("unit", Text("A systemd service such as haproxy.service")), ("pid_file", Path("The process whose number is in that file")), ("name", Text("Any process of that name")))));
        var check = Map("A check: a name and one of process, tcp, http, haproxy and exec", ["name"],
            ("name", Name("How it is called in every output")),
            ("interval", Duration("Time between two questions, 10ms to 1h; default 1s")),
            ("fast_interval", Duration("The same after a failure while it is still up; default a quarter of the interval, at least 100ms")),
            ("timeout", Duration("No answer for so long is a failure, 10ms to 1m; default 800ms")),
            ("rise", Whole("Successes in a row until it is up; default 2", 1, 100)),
            ("fall", Whole("Failures in a row until it is down; default 2", 1, 100)),
            ("weight", Whole("0: the node is unfit while it is down; above: added to the priority while it is up; below: added while it is down", -253, 253)),
            ("process", process),
            ("restart_grace", Duration("With unit: how long a restart by systemd may take, 0s to 1m; default 1s")),
            ("standby", OneOf("With unit: cold runs it on the master only; default hot", "hot", "cold")),
            ("tcp", Text("host:port to connect to")),
            ("http", Text("A URL to ask for")),
            ("expect", OneOrMore(Whole("With http: a status code that is a success; default 200 to 299", 100, 599))),
            ("host", Text("With http: the Host header")),
            ("sni", Text("With http: the server name for TLS")),
            ("tls_verify", Bool("With http: false takes any certificate; default true")),
            ("proxy_protocol", OneOf("With http: sends a PROXY v2 header first", "v2")),
            ("haproxy", Map("HAProxy's stats socket", ["socket"], ("socket", Path("Its path")))),
            ("exec", Argv("Exit status 0 is up")));
        check["oneOf"] = Keys("process", "tcp", "http", "haproxy", "exec");
        return check;
    }

    private static JsonObject Alert()
    {
        (string, JsonObject)[] url = [("url", Text("The URL")), ("url_file", Text("The file with the URL, when it is a secret"))];
        var webhook = Map("POSTs JSON", [], [.. url, ("hmac_key_file", Text("The file with the key of the signature header"))]);
        var heartbeat = Map("Fetched while the cluster is well", [], [.. url, ("every", Duration("How often, 10s to 24h; default 1m"))]);
        (webhook["oneOf"], heartbeat["oneOf"]) = (Keys("url", "url_file"), Keys("url", "url_file"));
        var email = Map("A mail through the machine's mail program", ["to"],
            ("to", OneOrMore(Text("Who gets it"))), ("from", Text("The sender")), ("program", Path("Run with -t -i; default /usr/sbin/sendmail")));
        var alert = Map("One of slack, webhook, exec, email and heartbeat", [],
            ("slack", Map("An incoming webhook of Slack", ["webhook_url_file"], ("webhook_url_file", Text("The file with its URL")))),
            ("webhook", webhook),
            ("exec", Argv("Run for each alert")),
            ("email", email),
            ("heartbeat", heartbeat),
            ("runbook_url", Text("A link to your own instructions in each alert; {event} is the kind of event")),
            ("timeout", Duration("With exec and email: killed after so long, 100ms to 1m; default 5s")));
        alert["oneOf"] = Keys("slack", "webhook", "exec", "email", "heartbeat");
        return alert;
    }

    private static JsonObject Control() => Map("Where the agent is asked", [],
        ("socket", Path("Where flipagentctl finds it; default RUNTIME_DIR/control.sock")),
        ("http", Text("Status page, /metrics and /healthz, to read only: address:port, or off (default)")),
        ("http_hosts", OneOrMore(Text("A host name by which it may be asked"))));

    private static JsonObject Map(string description, string[] required, params (string Key, JsonObject Schema)[] keys)
    {
        var properties = new JsonObject();
        foreach (var (key, schema) in keys)
            properties[key] = schema.DeepClone();
        var map = new JsonObject { ["description"] = description, ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (required.Length > 0)
            map["required"] = Array(required);
        return map;
    }

    private static JsonObject List(int least, int? most, JsonObject item, string description)
    {
        var list = new JsonObject { ["description"] = description, ["type"] = "array", ["minItems"] = least, ["items"] = item };
        if (most is { } max)
            list["maxItems"] = max;
        return list;
    }

    /// <summary>YAML reads a name such as 7 or true as something else than text; the agent does not.</summary>
    private static JsonObject Name(string description) => new()
    { ["description"] = description, ["type"] = new JsonArray("string", "number", "boolean"), ["pattern"] = "^[A-Za-z0-9._-]{1,32}$|" + Variable };

    private static JsonObject Text(string description) => new() { ["description"] = description, ["type"] = "string" };

    private static JsonObject Path(string description) => new() { ["description"] = description, ["type"] = "string", ["pattern"] = "^/|" + Variable };

    private static JsonObject Duration(string description) => new() { ["description"] = description, ["type"] = "string", ["pattern"] = Time };

    private static JsonObject Whole(string description, long least, long most) => new()
    {
        ["description"] = description,
        ["anyOf"] = new JsonArray(
            new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most }, new JsonObject { ["type"] = "string", ["pattern"] = "^-?[0-9]+$|" + Variable }),
    };

    private static JsonObject Bool(string description) => new()
    {
        ["description"] = description,
        ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "boolean" }, new JsonObject { ["type"] = "string", ["pattern"] = "^(true|false)$|" + Variable }),
    };

    private static JsonObject OneOf(string description, params string[] values) => new()
    {
        ["description"] = description,
        ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = Array(values) }, new JsonObject { ["type"] = "string", ["pattern"] = Variable }),
    };

    private static JsonObject OneOrMore(JsonObject one) => Either(one, new JsonObject { ["type"] = "array", ["items"] = one.DeepClone() });

    private static JsonObject Either(JsonObject one, JsonObject other) => new() { ["anyOf"] = new JsonArray(one, other) };

    private static JsonObject Argv(string description) => List(1, null, new JsonObject { ["type"] = new JsonArray("string", "number", "boolean", "null") }, description);

    private static JsonObject OrNothing(JsonObject schema)
    {
        schema["type"] = new JsonArray(schema["type"]!.DeepClone(), "null");
        return schema;
    }

    private static JsonObject Exactly(int keys, JsonObject map)
    {
        (map["minProperties"], map["maxProperties"]) = (keys, keys);
        return map;
    }

    // As nodes: adding values of another type to an array needs reflection.
    private static JsonArray Keys(params string[] keys) => new([.. keys.Select(key => (JsonNode)new JsonObject { ["required"] = new JsonArray(key) })]);

    private static JsonArray Array(string[] values) => new([.. values.Select(value => (JsonNode)JsonValue.Create(value))]);
}
