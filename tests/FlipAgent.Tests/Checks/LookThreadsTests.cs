using FlipAgent.Checks;

namespace FlipAgent.Tests.Checks;

/// <summary>The threads that looks may block.</summary>
public sealed class LookThreadsTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task However_many_looks_hang_the_next_one_begins()
    {
        using var end = new ManualResetEventSlim();
        var hanging = Enumerable.Range(0, 50).Select(i => LookThreads.Own.Run(() =>
        {
            end.Wait();
            return Task.FromResult(i);
        })).ToArray();
        Assert.Equal("look", await LookThreads.Own.Run(() => Task.FromResult(Thread.CurrentThread.Name)).WaitAsync(s_limit));
        Assert.All(hanging, h => Assert.False(h.IsCompleted));
        end.Set();
        Assert.Equal(Enumerable.Range(0, 50), await Task.WhenAll(hanging).WaitAsync(s_limit));
    }

    [Fact]
    public async Task What_a_look_throws_comes_to_who_asked_for_it()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => LookThreads.Own.Run<int>(() => throw new InvalidOperationException()).WaitAsync(s_limit));
        await Assert.ThrowsAsync<TaskCanceledException>(() => LookThreads.Own.Run<int>(() => throw new OperationCanceledException()).WaitAsync(s_limit));
        await Assert.ThrowsAsync<InvalidOperationException>(() => LookThreads.Own.Run(Later).WaitAsync(s_limit));

        static async Task<int> Later()
        {
            await Task.Delay(1);
            throw new InvalidOperationException();
        }
    }

    [Fact]
    public async Task Every_look_of_many_that_come_at_once_is_taken_once()
    {
        var taken = new int[2000];
        var looks = Enumerable.Range(0, taken.Length).AsParallel().Select(i => LookThreads.Own.Run(() => Task.FromResult(Interlocked.Increment(ref taken[i])))).ToArray();
        Assert.All(await Task.WhenAll(looks).WaitAsync(s_limit), times => Assert.Equal(1, times));
    }
}
