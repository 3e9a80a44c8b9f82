using System.Net;
using FlipAgent.Harness;
using FlipAgent.Lab;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

/// <summary>What init asks a person: only what is still open, and each answer is checked at once.</summary>
public sealed class InitQuestionTests : IDisposable
{
    private readonly InitGround _ground = new();

    public void Dispose() => _ground.Dispose();

    private static LabOptions Three => InitGround.Machines(
        InitGround.Machine(1, "lb-1", "10.110.0.2"), InitGround.Machine(2, "lb-2", "10.110.0.3"), InitGround.Machine(3, "db", "10.110.0.4")) with
    { FloatingIps = [new(IPAddress.Parse("203.0.113.11"), null), new(IPAddress.Parse("203.0.113.10"), 2)] };

    [Fact]
    public async Task Nothing_is_asked_when_nothing_is_open()
    {
        await using var lab = await LabCloud.Start(new());
        var run = await _ground.Init(lab, 3164445, typed: []);
        Assert.Equal((0, ""), (run.Exit, run.Error));
        await _ground.IsValid();
    }

    [Theory]
    [InlineData("digitalocean", "Reserved IPs")]
    [InlineData("hetzner", "Floating IPs")]
    public async Task Of_several_one_is_chosen_and_Enter_takes_the_likely_one(string cloud, string title)
    {
        await using var lab = await LabCloud.Start(Three);
        var run = await _ground.Init(lab, 1, cloud, typed: ["", ""]);
        Assert.Contains($"{title} of the account that could come here:\n   1  203.0.113.11  held by nobody\n   2  203.0.113.10  held by lb-2\nWhich one do clients connect to? Its number, or an address [2]: ", run.Error);
        Assert.Contains(" in the network of this one:\n   1  lb-2  10.110.0.3  ", run.Error);
        Assert.Contains("Which is the other load balancer? Its number or name, or none [1]: ", run.Error);
        Assert.Contains("  - {name: lb-2, address: 10.110.0.3, ", _ground.Text);
        Assert.Contains("  address: 203.0.113.10\n", _ground.Text);
        Assert.DoesNotContain("The rest says", run.Out);
        await _ground.IsValid();
    }

    [Fact]
    public async Task Nonsense_is_answered_with_the_words_of_the_configuration()
    {
        await using var lab = await LabCloud.Start(Three);
        var run = await _ground.Init(lab, 1, typed: ["7", "10.110.0.2", "dop_v1_abcdef", "1", "9", "lb-9", "db"]);
        Assert.Contains("  \"7\" is no IP address; expected one such as 10.110.0.2\n", run.Error);
        Assert.Contains("  10.110.0.2 is the address of lb-1; expected the floating IP, which belongs to no node\n", run.Error);
        Assert.Contains("  \"***\" is no IP address", run.Error);
        Assert.DoesNotContain("dop_v1_abcdef", run.Error);
        Assert.Contains("  \"9\" is none of them; expected 1 to 2, a name, or none\n", run.Error);
        Assert.Contains("  \"lb-9\" is none of them", run.Error);
        Assert.Contains("  - {name: db, address: 10.110.0.4, droplet_id: 3, priority: 100}\n", _ground.Text);
        Assert.Contains("  address: 203.0.113.11\n", _ground.Text);
        await _ground.IsValid();
    }

    [Fact]
    public async Task Without_a_token_the_other_node_is_typed_in()
    {
        await using var lab = await LabCloud.Start(new());
        var run = await _ground.Init(lab, 3164444, change: order => order with { TokenFile = null, Api = null },
            typed: ["haproxy-1", "a b", "lb b", "other", "lb-b", "10.1", "10.110.0.2", "fd00::2", "10.110.0.3", "abc", "3164444", "0", "3164445"]);
        Assert.DoesNotContain("reserved IP that clients connect to", run.Error);
        Assert.Contains("Its name [haproxy-2]:   haproxy-1 is there twice; expected a different name for each node\n", run.Error);
        Assert.Contains("  \"a b\" has a character that is not allowed", run.Error);
        Assert.Contains("  other is what the status says of a floating IP that no node holds; expected another name\n", run.Error);
        Assert.Contains("Its private address:   \"10.1\" is no IP address", run.Error);
        Assert.Contains("  10.110.0.2 is also that of haproxy-1; expected a different address for each node\n", run.Error);
        Assert.Contains("  fd00::2 and 10.110.0.2 of haproxy-1 are not of one family", run.Error);
        Assert.Contains("  \"abc\" is no number of a droplet; expected 1 or more (curl http://169.254.169.254/metadata/v1/id on that node)\n", run.Error);
        Assert.Contains("  3164444 is also that of haproxy-1; expected another droplet for each node\n", run.Error);
        Assert.Contains("  - {name: lb-b, address: 10.110.0.3, droplet_id: 3164445, priority: 100}\n", _ground.Text);
        await _ground.IsValid();
    }

    [Theory]
    [InlineData(0, "0.0.0.0, droplet_id: 0", "address: 0.0.0.0   # FILL IN")]
    [InlineData(1, "0.0.0.0, droplet_id: 0", "address: 203.0.113.7\n")]
    [InlineData(3, "10.110.0.9, droplet_id: 0", "address: 203.0.113.7\n")]
    public async Task At_the_end_of_the_input_the_rest_is_left_to_fill_in(int lines, string node, string address)
    {
        await using var lab = await LabCloud.Start(new());
        string[] typed = ["203.0.113.7", "lb-b", "10.110.0.9"];
        var run = await _ground.Init(lab, 3164445, typed: typed[..lines], change: order => order with { TokenFile = null });
        Assert.Equal(0, run.Exit);
        // The heading before the typed node has one, too.
        Assert.Equal(lines + 1 + (lines > 0 ? 1 : 0), run.Error.Split(": ").Length - 1);
        Assert.Contains($"address: {node}, priority: 100}}   # FILL IN\n", _ground.Text);
        Assert.Contains(address, _ground.Text);
        Assert.Contains("The rest says FILL IN.", run.Out);
    }

    [Fact]
    public async Task An_empty_answer_leaves_one_thing_open_and_the_questions_go_on()
    {
        await using var lab = await LabCloud.Start(new());
        await _ground.Init(lab, 3164445, typed: ["", "", "10.110.0.9", ""], change: order => order with { TokenFile = null });
        Assert.Contains("  - {name: haproxy-1, address: 10.110.0.9, droplet_id: 0, priority: 100}   # FILL IN\n", _ground.Text);
        Assert.Contains("  address: 0.0.0.0   # FILL IN", _ground.Text);
    }

    [Fact]
    public async Task A_chosen_machine_of_the_same_name_is_asked_for_another_one()
    {
        await using var lab = await LabCloud.Start(InitGround.Machines(
            InitGround.Machine(11, "lb", "10.110.0.2"), InitGround.Machine(12, "lb", "10.110.0.3"), InitGround.Machine(13, "lb", "10.110.0.4")) with
        { FloatingIps = [new(IPAddress.Parse("203.0.113.10"), 11)] });
        var run = await _ground.Init(lab, 11, typed: ["lb", "3", "1", "lb", "lb-2"]);
        Assert.Contains("  \"lb\" is the name of several; expected the id\n", run.Error);
        Assert.Contains("Its name [haproxy-2]:   lb is there twice; expected a different name for each node\n", run.Error);
        Assert.Contains("  - {name: lb-2, address: 10.110.0.3, droplet_id: 12, priority: 100}\n", _ground.Text);
    }

    [Theory]
    [InlineData("", "address: 0.0.0.0, droplet_id: 0, priority: 100}   # FILL IN; in this network: web 10.110.0.4 droplet 3\n")]
    [InlineData("1", "  - {name: web, address: 10.110.0.4, droplet_id: 3, priority: 100}\n")]
    public async Task A_machine_that_is_called_otherwise_is_no_default_and_an_empty_answer_ends_it(string typed, string expected)
    {
        await using var lab = await LabCloud.Start(InitGround.Machines(InitGround.Machine(1, "lb-1", "10.110.0.2"), InitGround.Machine(3, "web", "10.110.0.4")) with
        { FloatingIps = [new(IPAddress.Parse("203.0.113.10"), 1)] });
        var run = await _ground.Init(lab, 1, typed: [typed]);
        Assert.EndsWith("Which is the other load balancer? Its number or name, or none: ", run.Error);
        Assert.Contains(expected, _ground.Text);
    }

    [Fact]
    public async Task None_of_them_is_an_answer()
    {
        await using var lab = await LabCloud.Start(Three);
        await _ground.Init(lab, 2, typed: ["none", "new", "10.110.0.77", "77"]);
        Assert.Contains("  - {name: new, address: 10.110.0.77, droplet_id: 77, priority: 100}\n", _ground.Text);
    }

    [Fact]
    public async Task Of_300_machines_a_screen_is_shown_and_any_can_be_named()
    {
        await using var lab = await LabCloud.Start(InitGround.Machines([.. Enumerable.Range(1, 300).Select(n => InitGround.Machine(n, $"m{n}x", $"10.110.{n / 200}.{1 + (n % 200)}"))]));
        var run = await _ground.Init(lab, 1, typed: ["203.0.113.9", "m299x"]);
        Assert.Contains("  15  ", run.Error);
        Assert.Contains("      and 284 more\n", run.Error);
        Assert.DoesNotContain("  16  ", run.Error);
        Assert.Contains("droplet_id: 299, ", _ground.Text);
    }

    [NeedsFact("python3")]
    public async Task At_a_real_terminal_it_asks_and_Ctrl_C_leaves_nothing()
    {
        await using var lab = await LabCloud.Start(Three);
        _ground.Secret("token", LabOptions.DefaultToken);
        var run = Shell.Run("python3", ["-", _ground.Client(), _ground.File, $"{lab.ApiUrl}".TrimEnd('/'), $"{lab.MetadataUrl(1)}", _ground.TokenFile], """
            import fcntl, os, subprocess, sys, termios
            program, file, api, metadata, token = sys.argv[1:]
            def play(path, *steps):
                master, slave = os.openpty()
                def own():
                    os.setsid()
                    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
                before = termios.tcgetattr(slave)
                child = subprocess.Popen([program, "init", path, "--provider", "digitalocean", "--api-url", api, "--metadata-url", metadata, "--token-file", token],
                    stdin=slave, stdout=slave, stderr=slave, preexec_fn=own)
                seen = b""
                for prompt, typed in steps:
                    while prompt not in seen:
                        seen += os.read(master, 4096)
                    os.write(master, typed)
                code = child.wait(timeout=60)
                os.set_blocking(master, False)
                try: seen += os.read(master, 65536)
                except BlockingIOError: pass
                print("code", code, "there", os.path.exists(path), "terminal as before", termios.tcgetattr(slave)[3] == before[3])
                return seen.decode()
            print(play(file, (b"an address [2]: ", b"nonsense\n"), (b"is no IP address", b"\n"), (b"or none [1]: ", b"\n")))
            play(file + ".2", (b"an address [2]: ", b"\n"), (b"or none [1]: ", b"\x03"))
            """, new Dictionary<string, string> { ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")), ["TERM"] = "dumb" });

        Assert.Equal(("", 0), (run.Error, run.Code));
        Assert.StartsWith("code 0 there True terminal as before True\n", run.Out);
        Assert.Matches(@"\ncode (-2|130) there False terminal as before True\n$", run.Out);
        Assert.DoesNotContain(LabOptions.DefaultToken, run.Out);
        Assert.Contains("The other node is lb-2", run.Out);
        await _ground.IsValid();
    }
}
