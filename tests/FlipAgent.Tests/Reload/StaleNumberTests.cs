using FlipAgent.Cloud;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Loop;
using FlipAgent.Running;
using FlipAgent.Supervision;
using FlipAgent.Tests.Config;

namespace FlipAgent.Tests.Reload;

/// <summary>The decision loop itself, with inputs in its inbox that carry the numbers of a configuration that is not in use any more, or not yet.</summary>
public sealed class StaleNumberTests : IDisposable
{
    private readonly LoopWaiter _waiter = new();
    private readonly Inbox _inbox;
    private readonly List<Event> _told = [];
    private readonly List<CloudParts> _clouds = [];
    private readonly Agent _agent;
    private readonly RunningConfig _first;
    private readonly RunningConfig _second;
    private RunningConfig _used;

    public StaleNumberTests()
    {
        _inbox = new Inbox(_waiter);
        (_first, _second) = (Reading(["n1", "n2", "n3"], ["a", "b", "c"]), Reading(["n3", "n1"], ["c", "d", "a"]));
        _used = _first;
        var state = Election.Start(_first.Settings, null, 1_800_000_000_000, Clocks.Monotonic);
        _agent = new Agent(state, _inbox, _waiter, MakeCallbacks(), new AssignPermit(), realTime: false);
    }

    [Fact]
    public async Task An_advert_with_the_number_of_the_old_file_is_put_down_to_the_node_that_sent_it()
    {
        Put(new Message.Happened(Heard(2, "n3", 11), _first.Settings));
        Put(Reload(_second));
        Put(new Message.Happened(Heard(2, "n3", 12), _first.Settings));
        Put(new Message.Happened(Heard(1, "n2", 11), _first.Settings));
        Put(new Message.Happened(Heard(0, "n3", 13), _second.Settings));
        await Look(s => Assert.Equal((2, 13u), (s.Peers.Count, s.Peers[0].Advert!.Sequence)));
        Assert.DoesNotContain(_told, e => e.Kind is EventKind.DuplicateNode or EventKind.PeerRejected);
    }

    /// <summary>A turn takes so many messages and no more. What is left is no reason to wait for the next deadline, which is a second away.</summary>
    [Fact]
    public async Task What_does_not_fit_into_one_turn_is_taken_in_the_next_one_at_once()
    {
        var turns = 0;
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Look(_ => { });
        // The loop waits for all of them, as it does when it was held up.
        var held = new ManualResetEventSlim();
        Put(new Message.Asked((_, _) => held.Wait()));
        for (var i = 0; i < 5000; i++)
            Put(new Message.Asked((_, _) => turns++));
        Put(new Message.Asked((_, _) => last.SetResult()));
        held.Set();
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        await last.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(5000, turns);
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 0.9);
    }

    [Fact]
    public async Task An_advert_with_the_number_of_the_new_file_may_come_before_it()
    {
        Put(new Message.Happened(Heard(0, "n3", 11), _second.Settings));
        Put(new Message.Happened(new Input.AdvertRejected(0, Rejection.WrongNode, "x"), _second.Settings));
        await Look(s =>
        {
            Assert.Equal(11u, s.Peers[2].Advert!.Sequence);
            Assert.Equal((Rejection.WrongNode, null), (s.Peers[2].Rejected, s.Peers[1].Rejected));
        });
        Put(Reload(_second));
        await Look(s => Assert.Equal(11u, s.Peers[0].Advert!.Sequence));
    }

    [Fact]
    public async Task A_rejection_of_a_node_that_is_gone_is_nobody_elses()
    {
        Put(Reload(_second));
        Put(new Message.Happened(new Input.AdvertRejected(1, Rejection.BadMac, "x"), _first.Settings));
        await Look(s => Assert.All(Enumerable.Range(0, s.Peers.Count), i => Assert.Null(s.Peers[i].Rejected)));
        Assert.DoesNotContain(_told, e => e.Kind == EventKind.PeerRejected);
    }

    [Fact]
    public async Task A_verdict_with_the_number_of_the_old_file_is_put_down_to_its_check_or_to_none()
    {
        Put(Reload(_second));
        Put(new Message.Happened(new Input.CheckChanged(0, false, "a fails"), _first.Settings));
        Put(new Message.Happened(new Input.CheckChanged(1, false, "b fails"), _first.Settings));
        Put(new Message.Happened(new Input.CheckChanged(_first.OwnCheck(1), true, "the key can be read"), _first.Settings));
        await Look(s => Assert.Equal<bool?>([null, null, false, null, true], s.Fitness.Checks.Select(c => c.Up)));
    }

    [Fact]
    public async Task A_question_sees_state_and_configuration_of_one_age()
    {
        for (var i = 0; i < 200; i++)
        {
            var next = i % 2 == 0 ? _second : _first;
            Put(Reload(next));
            await Look(s => Assert.Same(next.Settings, s.Settings));
            Assert.Same(next, _used);
        }
    }

    public void Dispose()
    {
        Put(new Message.Happened(new Input.Stopping(StopKind.Final)));
        if (!_agent.Ended.IsCompleted && _agent.TurnedAt != TimeSpan.Zero)
            Assert.True(_agent.Ended.Wait(TimeSpan.FromSeconds(20)));
        _clouds.ForEach(c => c.Dispose());
        _waiter.Dispose();
    }

    private void Put(Message message) => _inbox.Put(message);

    private Message.Reloaded Reload(RunningConfig next) => new(next.Settings, () => new(Use(next), Metadata: false), () => { });

    private bool Use(RunningConfig next)
    {
        _used = next;
        return false;
    }

    /// <summary>Starts the loop when it does not run yet, so that everything before was in the inbox already.</summary>
    private async Task Look(Action<ElectionState> look)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Put(new Message.Asked((s, _) =>
        {
            try
            {
                Assert.Same(_used.Settings, s.Settings);
                look(s);
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }));
        if (_agent.TurnedAt == TimeSpan.Zero)
            _agent.Start();
        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private RunningConfig Reading(string[] nodes, string[] checks)
    {
        var config = Sample.Valid(Yaml(nodes, checks), "n1");
        var settings = RunningConfig.SettingsOf(config);
        // Never begun: nothing is asked of any cloud here.
        var cloud = new CloudParts(config, new SecretStore(SecretSet.Of(config, null), _ => { }, () => { }), (_, _) => false, _ => { }, Supervisor.Silent);
        _clouds.Add(cloud);
        return new RunningConfig { Config = config, Settings = settings, Keys = null, Cloud = cloud, Snapshots = () => [] };
    }

    private static string Yaml(string[] nodes, string[] checks) => $"""
        cluster: web-lb
        nodes:
        {string.Join("\n", nodes.Select(n => $"  - {{name: {n}, address: 10.110.0.{n[1]}, droplet_id: {n[1]}, priority: 10{n[1]}}}"))}
        election: {"{key_file: ./cluster.key}"}
        floating_ip:
          provider: digitalocean
          address: 203.0.113.10
          token_file: ./token
          api_url: http://127.0.0.1:9
          metadata_url: http://127.0.0.1:9
          guard: off
        checks:
        {string.Join("\n", checks.Select(c => $"  - {{name: {c}, process: {{unit: haproxy.service}}}}"))}
        """;

    private LoopCallbacks MakeCallbacks() => new()
    {
        Send = _ => { },
        Drain = _ => { },
        ReadHolder = _ => { },
        Assign = (_, _, _) => { },
        ReadAction = (_, _) => { },
        ProbeGuard = _ => { },
        AskLease = _ => { },
        Announce = (e, _) => _told.Add(e),
        Save = _ => { },
        StartUnit = () => { },
        StopUnit = () => { },
        Turned = (_, _) => { },
        Late = _ => { },
    };

    private static Input.AdvertHeard Heard(int number, string node, uint sequence) => new(number, new Advert
    {
        Cluster = "web-lb",
        Node = node,
        Session = 1_800_000_000_000,
        Sequence = sequence,
        Term = 0,
        Role = Role.Backup,
        Fit = true,
        Priority = 100,
        EffectivePriority = 100,
        Peers = [new PeerReport(NodeId.Of("n1"), 1_800_000_000_000, TimeSpan.Zero, TimeSpan.Zero, Role.Starting, true, true, false, false, 100)],
    });
}
