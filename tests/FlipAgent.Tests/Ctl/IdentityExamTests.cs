using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Core;
using FlipAgent.Ctl;
using FlipAgent.Naming;
using FlipAgent.Tests.Config;

namespace FlipAgent.Tests.Ctl;

/// <summary>Wrong numbers are found before the first start: droplet ids by the metadata service and by the API, the address by the API.</summary>
public sealed class IdentityExamTests : IDisposable
{
    private const string Token = "dop_v1_canary_77aa";

    private readonly string _directory = Directory.CreateTempSubdirectory("flipagent-identity-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(3164444L, "Ok", "this machine is droplet 3164444, as the file says of haproxy-1")]
    [InlineData(3164445L, "Fail", "this machine is droplet 3164445, which the file has for haproxy-2; for haproxy-1 it says 3164444")]
    [InlineData(777L, "Fail", "this machine is droplet 777, which the file has for no node; for haproxy-1 it says 3164444, so the floating IP would go to another server")]
    [InlineData(null, "Warn", "not proven: the metadata service (http://169.254.169.254/) does not say which droplet this machine is; the file says 3164444")]
    public void Both_numbers_are_named(long? own, string health, string text)
    {
        var finding = IdentityExam.Judge(Sample.Valid(Sample.Minimal, "haproxy-1"), own);
        Assert.Equal((health, text), ($"{finding.Health}", finding.Text));
    }

    /// <summary>Who copied the file of another node with its node: would give two nodes one number.</summary>
    [Fact]
    public void The_number_of_another_node_is_a_question_of_the_name_first() =>
        Assert.Equal("is this machine haproxy-2? Then set node: (or --node in the unit) to that, and change no droplet_id. Otherwise set droplet_id of haproxy-1 to 3164445 and that of haproxy-2 "
            + "to its own, on all nodes, then flipagentctl reload", IdentityExam.Judge(Sample.Valid(Sample.Minimal, "haproxy-1"), 3164445).ToDo);

    [Theory]
    [InlineData("3164444", "")]
    [InlineData("777", "warning: droplet_id: this machine is droplet 777, which the file has for no node; for haproxy-1 it says 3164444")]
    [InlineData("3164445", "warning: droplet_id: this machine is droplet 3164445, which the file has for haproxy-2; for haproxy-1 it says 3164444")]
    [InlineData("<html>", "")]
    public async Task Config_check_asks_the_metadata_service_of_the_file(string id, string expected)
    {
        using var service = new HttpScript((request, wire) => request.Path == "/metadata/v1/id" ? wire.Reply(200, id, "text/plain") : wire.Reply(404, "", "text/plain"));
        var run = await CtlRun.Of("config", "check", Write(service.Url, service.Url), "--node", "haproxy-1");
        Assert.Equal(0, run.Exit);
        Assert.Equal("/metadata/v1/id", Assert.Single(service.Requests).Path);
        if (expected.Length > 0)
            Assert.Contains(expected, run.Error);
        else
            Assert.DoesNotContain("droplet", run.Error);
    }

    /// <summary>The number in the file is right there: to change it as the advice says would take the address from haproxy-2.</summary>
    [Fact]
    public async Task A_file_that_was_copied_with_its_node_is_found_and_no_number_is_to_be_changed()
    {
        using var service = new HttpScript((request, wire) => request.Path == "/metadata/v1/id" ? wire.Reply(200, "3164445", "text/plain") : wire.Reply(404, "{}", "application/json"));
        var file = Write(service.Url, service.Url);
        // Of documentation: on no machine.
        await File.WriteAllTextAsync(file, "node: haproxy-1\n" + (await File.ReadAllTextAsync(file)).Replace("127.41.7.2", "192.0.2.41"));
        const string wrong = "this machine has 127.41.7.3, the address of haproxy-2; `node: haproxy-1` (or --node) is wrong here";

        var check = await CtlRun.Of("config", "check", file);
        Assert.Contains($"{file}: warning: {wrong}\n", check.Error);
        Assert.DoesNotContain("droplet", check.Error);
        var doctor = await CtlRun.Of("--socket", "/there/is/none", "doctor", file);
        Assert.Contains($"FAIL  node: {wrong}\n", doctor.Out);
        Assert.DoesNotContain("set droplet_id", doctor.Out);

        var said = FlipAgent.Events.Announcement.Of(
            new Event(EventKind.DropletSwapped, Severity.Critical) { Node = "haproxy-1", DropletId = 3164445, FileDropletId = 3164444, Peer = "haproxy-2", Detail = wrong });
        Assert.Contains(wrong, said.Text);
        Assert.DoesNotContain("Set droplet_id", said.Next);
    }

    [Theory]
    [InlineData("digitalocean", 3164444, "- {name: haproxy-1, address: 10.110.0.2, droplet_id: 3164444, priority: 150}", "address: 203.0.113.10", "This machine is droplet 3164444 of DigitalOcean")]
    [InlineData("digitalocean", 3164445, "- {name: haproxy-2, address: 10.110.0.3, droplet_id: 3164445, priority: 150}", "address: 0.0.0.0   # FILL IN: the reserved IP", "This machine is droplet 3164445")]
    [InlineData("hetzner", 3164445, "- {name: haproxy-2, address: 10.110.0.3, server_id: 3164445, priority: 150}", "provider: hetzner", "This machine is server 3164445 of Hetzner Cloud")]
    public async Task Init_fills_in_what_the_metadata_service_tells_of_this_machine(string cloud, long id, string node, string line, string said)
    {
        await using var lab = await FlipAgent.Lab.LabCloud.Start(new());
        var vendor = CloudVendor.All.Single(v => v.Name == cloud);
        var terminal = CtlRun.Plain();
        var file = Path.Combine(_directory, "new.yaml");

        Assert.Equal(0, await new InitVerb(terminal).Run(new InitOrder(file) { Vendor = vendor, Metadata = lab.MetadataUrl(id) }));

        var text = await File.ReadAllTextAsync(file);
        Assert.Contains(node, text);
        Assert.Contains(line, text);
        Assert.Contains(said, terminal.Out.ToString());
        // What is not filled in is refused, and nothing else is wrong with the file.
        var errors = Assert.IsType<ConfigResult.Invalid>(ConfigReader.ReadText(text, file, "haproxy-1")).Errors;
        Assert.All(errors, e => Assert.Contains("FILL IN", text.Split('\n')[e.Line - 1]));
    }

    [Fact]
    public async Task Init_on_another_machine_writes_the_example()
    {
        var file = Path.Combine(_directory, "new.yaml");
        Assert.Equal(0, await new InitVerb(CtlRun.Plain()) { Here = () => null }.Run(new InitOrder(file)));
        Assert.Equal(ConfigTemplate.Text(), await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Init_on_another_machine_writes_what_the_command_line_said_all_the_same()
    {
        var file = Path.Combine(_directory, "new.yaml");
        var terminal = CtlRun.Plain();
        var order = new InitOrder(file) { Vendor = CloudVendor.Hetzner, TokenFile = "/nonexistent/token", Tag = "lb", Api = new("http://127.0.0.1:1"), Metadata = new("http://127.0.0.1:2") };
        Assert.Equal(0, await new InitVerb(terminal).Run(order));
        var text = await File.ReadAllTextAsync(file);
        Assert.Contains("\n  token_file: /nonexistent/token\n", text);
        Assert.Contains("\n  api_url: http://127.0.0.1:1\n", text);
        Assert.Contains("\n  metadata_url: http://127.0.0.1:2\n", text);
        var said = terminal.Error.ToString()!.Split('\n');
        Assert.StartsWith("flipagentctl: warning: the metadata service (http://127.0.0.1:2/) does not say which server this machine is", said[0]);
        Assert.StartsWith("flipagentctl: warning: the account is not asked: /nonexistent/token is missing", said[1]);
        Assert.StartsWith("flipagentctl: warning: --tag has no effect", said[2]);
    }

    [Theory]
    [InlineData("all well", "OK    droplets: the account has the droplets of all nodes")]
    [InlineData("no droplet", "FAIL  droplet of haproxy-2: the cloud does not know droplet 3164445 (404 not_found")]
    [InlineData("no address", "FAIL  address: the cloud does not know 203.0.113.10 (404 not_found")]
    [InlineData("other region", "FAIL  droplet of haproxy-2: droplet 3164445 is in fra1, and 203.0.113.10 in nyc3: a reserved IP cannot leave its region")]
    [InlineData("no scope", "WARN  droplet of haproxy-1: the token is not allowed to read droplets (403")]
    [InlineData("bad token", "FAIL  address: the token is not valid (401")]
    [InlineData("outage", "WARN  address: not looked up: 503")]
    [InlineData("garbage", "WARN  address: not looked up: the answer is not about this floating IP (200)")]
    public async Task The_doctor_asks_the_account_before_the_first_start(string world, string expected)
    {
        using var api = new HttpScript((request, wire) => Answer(world, request, wire));
        var run = await CtlRun.Of("--socket", "/nonexistent/control.sock", "doctor", Write(api.Url, new Uri("http://127.0.0.1:1")), "--node", "haproxy-1");
        Assert.Contains(expected, run.Out);
        Assert.DoesNotContain(Token, run.Out + run.Error);
        Assert.All(api.Requests, request => Assert.Equal("GET", request.Method));
    }

    private static Task Answer(string world, ScriptRequest request, ScriptWire wire)
    {
        var about = request.Path.StartsWith("/v2/reserved_ips/", StringComparison.Ordinal) ? "address" : "droplet";
        const string notFound = """{"id":"not_found","message":"The resource you were accessing could not be found."}""";
        return world switch
        {
            "bad token" => wire.Reply(401, """{"id":"unauthorized","message":"Unable to authenticate you"}"""),
            "outage" => wire.Reply(503, "{}"),
            "no address" when about == "address" => wire.Reply(404, notFound),
            "no droplet" when request.Path.EndsWith("3164445", StringComparison.Ordinal) => wire.Reply(404, notFound),
            "no scope" when about == "droplet" => wire.Reply(403, """{"id":"forbidden","message":"You are not authorized"}"""),
            "garbage" => wire.Reply(200, """{"reserved_ip":[1],"droplet":7}"""),
            "other region" when request.Path.EndsWith("3164445", StringComparison.Ordinal) => wire.Reply(200, """{"droplet":{"id":3164445,"region":{"slug":"fra1"}}}"""),
            _ when about == "address" => wire.Reply(200, CloudFixtures.Holder(null)),
            _ => wire.Reply(200, $$$$"""{"droplet":{"id":{{{{request.Path.Split('/')[^1]}}}},"region":{"slug":"nyc3"}}}"""),
        };
    }

    private string Write(Uri api, Uri metadata)
    {
        string Secret(string name, string text)
        {
            var path = Path.Combine(_directory, name);
            File.WriteAllText(path, text);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return path;
        }

        // The stand-in tells who asks by the address that it is asked from, so the nodes live on loopback.
        var yaml = Sample.Minimal
            .Replace("10.110.0.2", "127.41.7.2").Replace("10.110.0.3", "127.41.7.3")
            .Replace("/etc/flipagent/cluster.key", Secret("cluster.key", KeyGen.Line(1)))
            .Replace("/etc/flipagent/do-token", Secret("do-token", Token))
            .Replace("process: {unit: haproxy.service}", "tcp: \"127.0.0.1:9\"")
            .Replace("  provider: digitalocean", $"  provider: digitalocean\n  api_url: {api.GetLeftPart(UriPartial.Authority)}\n  metadata_url: {metadata.GetLeftPart(UriPartial.Authority)}");
        return Secret("flipagent.yaml", yaml);
    }
}
