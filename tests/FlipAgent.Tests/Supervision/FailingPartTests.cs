using System.Collections.Concurrent;
using System.Net;
using FlipAgent.Alerts;
using FlipAgent.Cloud;
using FlipAgent.Cloud.DigitalOcean;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Net;
using FlipAgent.State;
using FlipAgent.Tests.Control;
using FlipAgent.Tests.Net;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests.Supervision;

/// <summary>Each other kind of part with an exception planted in it: one event, an answer where one is waited for, and the part goes on.</summary>
public sealed class FailingPartTests : IDisposable
{
    private readonly Announced _announced = new();
    private readonly string _home = TempDir();

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task A_request_to_the_cloud_that_throws_is_answered_as_failed_each_time()
    {
        using var client = Client(new Uri("http://127.0.0.1:1"), token: () => throw new PlantedException());
        var answers = new ConcurrentQueue<Input>();
        using var worker = Worker(client, guard: null, _ => true, answers.Enqueue, Now, _announced.Supervisor);
        for (var times = 1; times <= 2; times++)
        {
            worker.ReadHolder(0);
            worker.ReadAction(0, 3);
            worker.Assign(0, 9, Own);
            await Until.TrueAsync(() => answers.Count == 3 * times, "all three are answered");
        }
        Assert.All(answers.OfType<Input.HolderRead>(), a => Assert.Equal((ApiStatus.Failed, null), (a.Status, a.DropletId)));
        Assert.All(answers.OfType<Input.ActionRead>(), a => Assert.Equal((ApiStatus.Failed, 3), (a.Status, a.ActionId)));
        Assert.All(answers.OfType<Input.AssignAnswered>(), a => Assert.Equal((9u, ApiStatus.Failed, false, false), (a.Term, a.Status, a.Accepted, a.NotSent)));
        Assert.Contains("PlantedException", answers.OfType<Input.HolderRead>().First().Detail);
        Assert.Equal(3, _announced.Events.Count);
        Assert.Equal(["cloud action", "cloud assign", "cloud holder"], _announced.Events.Select(e => e.Subject).Order());
    }

    [Fact]
    public async Task A_guard_that_throws_is_answered_as_no_success()
    {
        using var client = Client(new Uri("http://127.0.0.1:1"));
        var answers = new ConcurrentQueue<Input>();
        var guard = new GuardProbe(new CheckConfig.Tcp(new("127.0.0.1", 1)) { Name = "guard" }, TimeSpan.FromSeconds(1), _ => throw new PlantedException());
        using var worker = Worker(client, guard, _ => true, answers.Enqueue, Now, _announced.Supervisor);
        worker.ProbeGuard(0);
        worker.ProbeGuard(0);
        await Until.TrueAsync(() => answers.Count == 2, "both probes are answered");
        Assert.All(answers, a => Assert.False(Assert.IsType<Input.GuardAnswered>(a).Alive));
        _announced.Once("guard", "PlantedException");
    }

    [Fact]
    public async Task An_inbox_that_throws_costs_one_answer_and_not_the_lane()
    {
        using var api = HttpScript.Always(200, Holder(Own));
        using var client = Client(api.Url);
        var answers = 0;
        using var worker = Worker(
            client, guard: null, _ => true,
            _ =>
            {
                answers++;
                throw new PlantedException();
            },
            Now, _announced.Supervisor);
        worker.ReadHolder(0);
        worker.ReadHolder(0);
        await Until.TrueAsync(() => answers == 2, "the second is answered too");
        _announced.Once("cloud holder", "planted");
    }

    [Fact]
    public async Task A_watch_of_the_metadata_service_goes_on_after_a_failure()
    {
        using var service = HttpScript.Always(200, "false", "text/plain");
        using var client = new DigitalOceanMetadata(service.Url, IPAddress.Loopback);
        var looks = 0;
        using var watch = new MetadataWatch(
            client, [IPAddress.Parse(Ip)],
            _ =>
            {
                if (++looks < 3)
                    throw new PlantedException();
            },
            TimeSpan.FromMilliseconds(10), _announced.Supervisor);
        await Until.TrueAsync(() => looks > 5, "further looks");
        _announced.Once("watch of the metadata service", "planted");
    }

    [Fact]
    public async Task The_writer_of_the_state_goes_on_after_a_failure()
    {
        var (state, run) = (Path.Combine(_home, "state"), Path.Combine(_home, "run"));
        using var file = new StateFile(state, run, "web-lb", _ => throw new PlantedException(), _announced.Supervisor);
        file.Save(new Remembered { Term = 7 });
        await Until.TrueAsync(() => _announced.Events.Count == 1, "it cannot be written, and who is told of it throws");
        Directory.CreateDirectory(state);
        Directory.CreateDirectory(run);
        file.Save(new Remembered { Term = 8 });
        await Until.TrueAsync(() => File.Exists(Path.Combine(state, "web-lb.state.json")), "it is written when it can be");
        _announced.Once("writer of the state", "planted");
    }

    [Fact]
    public async Task A_sink_that_throws_delivers_nothing_and_the_other_all()
    {
        var other = 0;
        var pace = AlertFixtures.Quick(TimeSpan.Zero) with { Silence = TimeSpan.FromMilliseconds(20) };
        await using var broken = new SinkLoop("broken", "haproxy-1", (_, _) => throw new PlantedException(), pace, new ListLog(), _announced.Supervisor);
        await using var sound = new SinkLoop(
            "sound", "haproxy-1",
            (_, _) =>
            {
                other++;
                return Task.FromResult(Delivery.Done);
            },
            pace, new ListLog(), _announced.Supervisor);
        for (uint term = 1; term <= 3; term++)
        {
            broken.Add(AlertFixtures.Alert(Severity.Critical, term));
            sound.Add(AlertFixtures.Alert(Severity.Critical, term));
        }
        await Until.TrueAsync(() => other == 3 && broken.Failed > 0, "one goes on, the other has tried");
        Assert.Equal(0, broken.Sent);
        _announced.Once("alert sink broken", "planted");
    }

    [Fact]
    public async Task A_sink_whose_log_throws_goes_on_with_the_next_alert()
    {
        var attempts = 0;
        var pace = AlertFixtures.Quick(TimeSpan.Zero) with { Silence = TimeSpan.FromMilliseconds(20) };
        await using var sink = new SinkLoop(
            "page", "haproxy-1", (_, _) => Task.FromResult(++attempts == 1 ? new Delivery(Fate.Refused, "no") : Delivery.Done), pace, new ThrowingLog(), _announced.Supervisor);
        sink.Add(AlertFixtures.Alert(Severity.Critical, 1));
        sink.Add(AlertFixtures.Alert(Severity.Critical, 2));
        await Until.TrueAsync(() => sink.Sent >= 1, "the next is delivered");
        _announced.Once("alert sink page", "planted");
    }

    [Fact]
    public void Callbacks_of_adverts_that_throw_cost_the_datagram_and_not_the_thread()
    {
        var here = new Neighbours();
        var heard = 0;
        var callbacks = new AdvertSocketCallbacks(
            (_, _, _) =>
            {
                if (++heard < 3)
                    throw new PlantedException();
                return true;
            },
            (_, _, _) => throw new PlantedException(), _ => throw new PlantedException());
        using var a = here.Listen(0, 2);
        using var b = AdvertSocket.Open(here.Settings(1, 2), callbacks, _announced.Supervisor).Socket!;
        for (var i = 0; i < 5; i++)
        {
            a.Socket.Send([1, 2, 3]);
            var until = i + 1;
            Until.True(() => heard >= until, "each datagram is handed on");
        }
        _announced.Once("reading of adverts", "planted");
        Assert.Null(b.NetworkFault);
    }

    [Theory]
    [InlineData("sending of adverts", "the sending of adverts")]
    [InlineData("receive thread of adverts", "the receive thread")]
    public void A_part_that_sends_or_receives_adverts_and_keeps_failing_is_a_fault_of_the_network_until_it_works_again(string name, string words)
    {
        var here = new Neighbours();
        using var a = here.Listen(0, 2);
        using var b = new Listener(here.Settings(1, 2), supervisor: _announced.Supervisor);
        var part = _announced.Supervisor.Part(name);
        Until.True(() =>
        {
            part.Failed(new PlantedException());
            Thread.Sleep(50);
            b.Socket.Send([1]);
            return b.Network.Contains($"{words} keeps failing inside the agent");
        }, "the fault is told");
        Until.True(() =>
        {
            b.Socket.Send([1]);
            return b.Network.Last() is null;
        }, "it ends with the failures");
        _announced.Once(name, "planted");
    }

    [Fact]
    public async Task A_question_to_the_control_server_that_throws_is_answered_and_so_is_the_next()
    {
        await using var agent = await AgentInMemory.Start(supervisor: _announced.Supervisor);
        agent.Status = _ => throw new PlantedException();
        using var client = Tests.Control.Client.Of(agent);
        for (var i = 0; i < 2; i++)
        {
            var answer = await client.GetAsync("/v1/status");
            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
            Assert.Contains("PlantedException", await answer.Content.ReadAsStringAsync());
        }
        agent.Status = _ => Task.FromResult(agent.Report);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/status")).StatusCode);
        _announced.Once("control server", "planted");
    }

    private sealed class ThrowingLog : Microsoft.Extensions.Logging.ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => throw new PlantedException();
    }
}
