using System.Collections.Concurrent;
using FlipAgent.Core;
using FlipAgent.Harness;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests;

/// <summary>The worker's lanes: an errand that hangs keeps no other waiting, and each is answered.</summary>
public class CloudWorkerTests
{
    [Fact]
    public async Task F37_a_read_that_hangs_does_not_delay_the_assign()
    {
        using var api = new HttpScript((request, wire) => request.Method == "POST" ? wire.Reply(201, Action(5, "in-progress")) : wire.Hang());
        using var client = Client(api.Url);
        var answers = new ConcurrentQueue<Input>();
        using var worker = Worker(client, guard: null, _ => true, answers.Enqueue, Now);

        worker.ReadHolder(0);
        worker.ReadAction(0, 3);
        await Until.TrueAsync(() => api.Requests.Count == 2, "both reads hang");
        worker.Assign(0, 9, Own);

        await Until.TrueAsync(() => !answers.IsEmpty, "the assign is answered", seconds: 4);
        var first = Assert.IsType<Input.AssignAnswered>(answers.First());
        Assert.Equal((9u, true, 5), (first.Term, first.Accepted, first.ActionId));
        await Until.TrueAsync(() => answers.Count == 3, "the reads are answered too");
        Assert.Contains(answers, a => a is Input.HolderRead { Status: ApiStatus.Failed });
        Assert.Contains(answers, a => a is Input.ActionRead { Status: ApiStatus.Failed, ActionId: 3 });
    }

    [Fact]
    public async Task An_assign_of_a_term_that_has_passed_is_not_sent()
    {
        using var api = HttpScript.Always(201, Action(5, "in-progress"));
        using var client = Client(api.Url);
        var answers = new ConcurrentQueue<Input>();
        using var worker = Worker(client, guard: null, term => term == 8, answers.Enqueue, Now);

        worker.Assign(0, 7, Own);
        worker.Assign(0, 8, Own);

        await Until.TrueAsync(() => answers.Count == 2, "both are answered");
        Assert.Equal([(7u, true, false), (8u, false, true)], answers.Cast<Input.AssignAnswered>().Select(a => (a.Term, a.NotSent, a.Accepted)));
        Assert.Single(api.Requests);
    }

    [Fact]
    public async Task What_is_under_way_is_answered_after_dispose_and_nothing_new_is_taken()
    {
        var release = new TaskCompletionSource();
        using var api = new HttpScript(async (_, wire) =>
        {
            await release.Task;
            await wire.Reply(200, Holder(1));
        });
        using var client = Client(api.Url);
        var answers = new ConcurrentQueue<Input>();
        var worker = Worker(client, guard: null, _ => true, answers.Enqueue, Now);
        worker.ReadHolder(0);
        await Until.TrueAsync(() => !api.Requests.IsEmpty, "the read is under way");

        worker.Dispose();
        Assert.Throws<InvalidOperationException>(() => worker.ReadHolder(0));
        release.SetResult();

        await Until.TrueAsync(() => !answers.IsEmpty, "it is answered");
        Assert.Equal(ApiStatus.Ok, Assert.IsType<Input.HolderRead>(Assert.Single(answers)).Status);
    }

    [Fact]
    public async Task The_guard_is_probed_on_a_lane_of_its_own()
    {
        using var api = new HttpScript((_, wire) => wire.Hang());
        using var service = HttpScript.Always(200, "ok", "text/plain");
        using var client = Client(api.Url);
        var answers = new ConcurrentQueue<Input>();
        var guard = Guard(service.Url, TimeSpan.FromSeconds(3));
        using var worker = Worker(client, guard, _ => true, answers.Enqueue, Now);

        worker.ReadHolder(0);
        worker.ProbeGuard(0);

        await Until.TrueAsync(() => !answers.IsEmpty, "the guard is answered", seconds: 4);
        Assert.True(Assert.IsType<Input.GuardAnswered>(Assert.Single(answers)).Alive);
    }

    [Fact]
    public void Asking_a_guard_that_is_off_is_a_mistake_of_the_caller()
    {
        using var client = Client(new Uri("http://127.0.0.1:1"));
        using var worker = Worker(client, guard: null, _ => true, _ => { }, Now);
        Assert.Throws<InvalidOperationException>(() => worker.ProbeGuard(0));
    }
}

/// <summary>Tests that take the thread pool away run alone.</summary>
[CollectionDefinition("starved pool", DisableParallelization = true)]
public class StarvedPool;

[Collection("starved pool")]
// A thread pool with nothing free, for a real time.
[Trait("Category", "RealTime")]
public class StarvedPoolTests
{
    [Fact]
    public async Task F10_with_a_starved_thread_pool_every_errand_is_still_answered()
    {
        using var service = new HttpScript((_, wire) => wire.Reply(200, "ok", "text/plain"));
        using var api = new HttpScript((_, wire) => wire.Hang());
        using var client = Client(api.Url);
        var answers = new ConcurrentQueue<(Input Answer, TimeSpan At)>();
        var guard = Guard(new Uri($"tcp://{service.EndPoint}"), TimeSpan.FromSeconds(3));
        using var worker = Worker(client, guard, _ => true, a => answers.Enqueue((a, Now())), Now);
        using var over = new ManualResetEventSlim();
        for (var i = 0; i < 400; i++)
            ThreadPool.UnsafeQueueUserWorkItem(_ => over.Wait(), null);
        var asked = Now();
        try
        {
            worker.Assign(0, 1, Own);
            worker.ProbeGuard(0);
            // Blocks on purpose: a continuation would wait for the pool that is taken away.
            Assert.True(SpinWait.SpinUntil(() => answers.Count == 2, 15_000));
        }
        finally
        {
            over.Set();
        }
        Assert.All(answers, a => Assert.True((a.At - asked).TotalSeconds < 8, $"{a}"));
        Assert.True(answers.Select(a => a.Answer).OfType<Input.GuardAnswered>().Single().Alive);
        Assert.Equal(ApiStatus.Failed, answers.Select(a => a.Answer).OfType<Input.AssignAnswered>().Single().Status);
        await Task.Yield();
    }
}
