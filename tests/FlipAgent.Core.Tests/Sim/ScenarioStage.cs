using FlipAgent.Sim;
using static FlipAgent.Core.Tests.Sim.ScenarioWords;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>The commands of scenario files. Each is one thing that can happen to a cluster; docs/simulator.md lists them.</summary>
internal sealed class ScenarioStage
{
    private readonly Dictionary<string, string> _lastRead = [];
    private readonly string[] _readings = ["GET: ", "GET 2: ", "GET 3: ", "GET action ", "guard: "];
    private Plan _plan = new() { Nodes = Plan.MakeNodes(150, 100), Exact = true };
    private World? _world;
    private long? _holder = 101;
    private Action? _snapshot;

    public World World => _world ??= Build();

    /// <summary>What was written down since the last call. An answer of the API that is the same as the one before it is no news.</summary>
    public IReadOnlyList<string> Said() => [.. World.Trace.Take().Where(IsNews)];

    public void Do(string[] words)
    {
        switch (words[0])
        {
            case "cluster":
                Cluster(words[1..]);
                break;
            case "holder":
                _holder = Droplet(words[1]);
                break;
            case "up":
                // How a healthy cluster starts is a story of its own; the others begin after it.
                Array.ForEach(World.Nodes, node => node.StartAgent());
                World.RunUntil(World.Now + TimeSpan.FromSeconds(10));
                World.Trace.Take();
                goto case "audit";
            case "start":
                foreach (var node in words.Length > 1 ? words[1..].Select(Find) : World.Nodes)
                    node.StartAgent();
                break;
            case "run":
                World.RunUntil(World.Now + Time(words[1]));
                break;
            case "status":
                Status();
                break;
            case "audit":
                World.Say("audit", $"{Liveness.Missing(World) ?? "one fit master, and it holds the address"}; {World.Cloud.Accepted} moves, {World.Referee.Posts} assigns sent");
                break;
            case "cut" or "mend" or "partition" or "loss" or "late" or "echo" or "replay" or "forge":
                Network(words);
                break;
            case "haproxy" or "site" or "backends":
                Service(words[0], Find(words[1]), Switch(words[2], "up", "down"));
                break;
            case "agent":
                Agent(Find(words[1]), words[2]);
                break;
            case "machine":
                Machine(Find(words[1]), words[2]);
                break;
            case "api":
                foreach (var node in words[1] == "all" ? World.Nodes : [Find(words[1])])
                    Api(node, words[2..]);
                break;
            case "moves" or "place" or "foreign" or "metadata" or "guard-path":
                Cloud(words);
                break;
            case "promote" or "release" or "maintenance" or "prepare-restart":
                Command(words);
                break;
            case "priority" or "preempt" or "wall" or "disk" or "nodes":
                Settings(words);
                break;
            case "full":
                throw new FormatException("for a full trace use: make sim");
            default:
                throw new FormatException("no such command");
        }
    }

    private bool IsNews(string line)
    {
        var (who, what) = (line[10..16], line[16..]);
        var reading = _readings.FirstOrDefault(r => what.StartsWith(r, StringComparison.Ordinal));
        if (reading is null)
            return true;
        var news = _lastRead.GetValueOrDefault(who + reading) != what;
        _lastRead[who + reading] = what;
        return news;
    }

    private World Build()
    {
        var world = new World(_plan, 1, Detail.Story);
        Array.ForEach(world.Clouds, cloud => cloud.PlaceFirst(_holder));
        void Sample()
        {
            world.Referee.Sample();
            world.After(TimeSpan.FromMilliseconds(250), Sample);
        }

        Sample();
        return world;
    }

    private SimNode Find(string name) => World.Nodes.FirstOrDefault(n => n.Name == name) ?? throw new FormatException($"no node '{name}'");

    private static long? Droplet(string name) => name switch
    {
        "nobody" => null,
        "foreign" => Plan.ForeignDroplet,
        ['n', .. var number] => 100 + int.Parse(number),
        _ => throw new FormatException($"'{name}': expected a node, nobody or foreign"),
    };

    private void Cluster(string[] words)
    {
        _plan = _plan with { Nodes = Plan.MakeNodes([.. words[0].Split(',').Select(int.Parse)]) };
        foreach (var (key, value) in words[1..].Select(w => w.Split('=')).Select(p => (p[0], p[1])))
            _plan = key switch
            {
                "guard" => _plan with { Guard = Switch(value, "on", "off") },
                "preempt" => _plan with { Preempt = true, PreemptDelay = Time(value) },
                "interval" => _plan with { Interval = Time(value) },
                "startup-delay" => _plan with { StartupDelay = Time(value) },
                "foreign" => _plan with { ReclaimForeign = Switch(value, "reclaim", "alert") },
                "backends" => _plan with { BackendsWeight = int.Parse(value) },
                "move" => _plan with { MoveShortest = Time(value) },
                "assign-lag" => _plan with { AssignLag = Time(value) },
                // The file says these numbers, the machines are 101, 102 and so on.
                "ids" => _plan with { Droplets = [.. _plan.Nodes.Select(n => n.DropletId)], Nodes = [.. _plan.Nodes.Zip(value.Split(','), (n, id) => new Node(n.Name, long.Parse(id), n.Priority))] },
                "addresses" => _plan with { Addresses = int.Parse(value) },
                "newer" => _plan with { OnTheWire = true, Newer = int.Parse(value[1..]) - 1 },
                "metadata-lag" => _plan with { MetadataLag = 10 * Time(value) },
                _ => throw new FormatException($"no setting '{key}'"),
            };
    }

    private void Status()
    {
        foreach (var node in World.Nodes)
        {
            var state = node.State;
            World.Say(node.Name, $"{(state is null ? "agent does not run" : Describe.Role(state))}{(state is null ? "" : state.Fitness.Fit ? ", fit" : ", unfit")}{(state?.Role == Role.Master ? ", claim " + state.Ip.Claim.State.ToString().ToLowerInvariant() : "")}");
        }

        World.Say("cloud", $"the address is at {World.NameOfDroplet(World.Cloud.Holder)}{(World.Cloud.Locked ? ", locked" : "")}");
    }

    private void Network(string[] words)
    {
        switch (words[0])
        {
            case "loss":
                World.Network.SetLoss(double.Parse(words[1].TrimEnd('%')) / 100);
                break;
            case "late":
                World.Network.SetLate(double.Parse(words[1].TrimEnd('%')) / 100, Time(words[2]));
                break;
            case "echo":
                World.Network.EchoChance = double.Parse(words[1].TrimEnd('%')) / 100;
                break;
            case "replay":
                World.Network.Replay();
                break;
            case "forge":
                World.Network.Forge();
                break;
            case "partition":
                var left = words[1].Split(',').Select(Find).ToHashSet();
                foreach (var a in World.Nodes)
                    foreach (var b in World.Nodes)
                        if (left.Contains(a) != left.Contains(b))
                            World.Network.Cut(a, b);
                break;
            case "cut" or "mend" when words is [_, var from, ">", var to]:
                Link(words[0], Find(from), Find(to));
                break;
            case "mend" when words is [_, "all"]:
                World.Network.Heal();
                break;
            default:
                Link(words[0], Find(words[1]), Find(words[2]));
                Link(words[0], Find(words[2]), Find(words[1]));
                break;
        }
    }

    private void Link(string what, SimNode from, SimNode to)
    {
        if (what == "cut")
            World.Network.Cut(from, to);
        else
            World.Network.Mend(from, to);
    }

    private static void Service(string what, SimNode node, bool up)
    {
        if (what == "haproxy")
            node.SetProcess(up);
        else if (what == "site")
            node.SetSite(up);
        else
            node.SetBackends(up);
    }

    private static void Agent(SimNode node, string what)
    {
        switch (what)
        {
            case "kill":
                node.End();
                break;
            case "start":
                node.StartAgent();
                break;
            case "stop":
                node.Stop(StopKind.Final);
                break;
            case "restart":
                node.Stop(StopKind.Restart);
                break;
            case "sigstop":
                node.SetPause(Pause.Agent);
                break;
            case "sigcont":
                node.Resume();
                break;
            default:
                throw new FormatException($"'{what}': expected kill, start, stop, restart, sigstop or sigcont");
        }
    }

    private void Machine(SimNode node, string what)
    {
        switch (what)
        {
            case "pause":
                node.SetPause(Pause.Machine);
                break;
            case "pause-unseen":
                node.SetPause(Pause.MachineUnseen);
                break;
            case "suspend":
                node.SetPause(Pause.Suspended);
                break;
            case "resume":
                node.Resume();
                break;
            case "off":
                node.PowerOff();
                break;
            case "on":
                node.PowerOn();
                break;
            case "record":
                node.Record();
                break;
            case "snapshot":
                _snapshot = node.TakeSnapshot() ?? throw new FormatException("not recorded since its start, or it waits for an answer");
                break;
            case "restore":
                (_snapshot ?? throw new FormatException("no snapshot was taken"))();
                break;
            default:
                throw new FormatException($"'{what}': expected pause, pause-unseen, suspend, resume, off, on, record, snapshot or restore");
        }
    }

    private static void Api(SimNode node, string[] words)
    {
        node.Api.Fault = words[0] switch
        {
            "ok" => CloudFault.None,
            "hangs" => CloudFault.Hang,
            "fails" => CloudFault.Failed,
            "401" => CloudFault.Unauthorized,
            "403" => CloudFault.Forbidden,
            "429" => CloudFault.RateLimited,
            "loses-answers" => CloudFault.AnswerLost,
            _ => throw new FormatException($"'{words[0]}': expected ok, hangs, fails, 401, 403, 429 or loses-answers"),
        };
        if (words.Length > 1)
            node.Api.RetryAfter = Time(words[1]);
    }

    private void Cloud(string[] words)
    {
        switch (words[0])
        {
            case "moves":
                if (words[1] == "work")
                    World.Cloud.Heal();
                else
                    World.Cloud.NextEnd = words[1] switch
                    {
                        "error" => MoveEnd.Errored,
                        "say-done" => MoveEnd.StrangeStatus,
                        "answer-404" => MoveEnd.NotFound,
                        "get-stuck" => MoveEnd.Stuck,
                        _ => throw new FormatException("expected work, error, say-done, answer-404 or get-stuck"),
                    };
                break;
            case "place":
                World.Clouds[words is [_, _, "address", var number] ? int.Parse(number) - 1 : 0].Place(Droplet(words[1]));
                break;
            case "foreign":
                World.Cloud.ForeignServes = Switch(words[1], "serves", "is-dead");
                break;
            case "metadata":
                Find(words[1]).MetadataUp = Switch(words[2], "up", "down");
                break;
            default:
                Find(words[1]).GuardPath = Switch(words[2], "ok", "broken");
                break;
        }
    }

    private void Command(string[] words)
    {
        World.Referee.LastCommandAt = World.Now;
        Command command = words switch
        {
            ["promote", _] => new Command.Promote(false),
            ["promote", _, "yes"] => new Command.Promote(true),
            ["release", _] => new Command.ReleaseMaster(null),
            ["release", _, "to", var to] => new Command.ReleaseMaster(to),
            ["maintenance", _, "on"] => new Command.Maintenance(true, null, "test"),
            ["maintenance", _, "on", var time] => new Command.Maintenance(true, Time(time), "test"),
            ["maintenance", _, "off"] => new Command.Maintenance(false, null, null),
            ["prepare-restart", _] => new Command.PrepareRestart(),
            _ => throw new FormatException("expected promote N [yes], release N [to N], maintenance N on [TIME]|off or prepare-restart N"),
        };
        Find(words[1]).Take(new Input.Commanded(command));
    }

    private void Settings(string[] words)
    {
        switch (words[0])
        {
            case "priority":
                var changed = Find(words[1]);
                foreach (var node in World.Nodes)
                    node.Reload(s => s with { Nodes = s.Nodes.SetItem(changed.Index, s.Nodes[changed.Index] with { Priority = int.Parse(words[2]) }) });
                break;
            case "preempt":
                foreach (var node in World.Nodes)
                    node.Reload(s => s with { Preempt = Switch(words[1], "on", "off") });
                break;
            case "wall":
                Find(words[1]).WallOffset += Time(words[2]);
                break;
            case "disk":
                Find(words[1]).DiskFull = Switch(words[2], "full", "ok");
                break;
            default:
                // F66: the others are told that only these nodes are left.
                var left = words[1].Split(',').Select(Find).ToArray();
                foreach (var node in left)
                    node.Reload(s => s with
                    {
                        Nodes = [.. left.Select(n => s.Nodes.Single(o => o.Name == n.Name))],
                        Me = Array.IndexOf(left, node),
                    });
                break;
        }
    }
}
