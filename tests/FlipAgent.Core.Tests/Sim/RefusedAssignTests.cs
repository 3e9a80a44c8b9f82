using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>An assign that the cloud understands and does not do (422): asked for again while the reason lasts, but not so often that the account pays for it (rule C5).</summary>
public sealed class RefusedAssignTests
{
    // The first assign has just left.
    private readonly ElectionState _state = Claim(Grow(holder: 101, fit: true));
    private readonly List<double> _posts = [0];
    private readonly Queue<Input> _answers = new();

    [Fact]
    public void F39_an_API_that_refuses_every_assign_is_asked_less_than_ten_times_in_any_minute()
    {
        var times = Live(0, 240, holder: null, ApiStatus.Refused);
        Assert.InRange(_posts.Count, 8, 14);
        Assert.All(times, from => Assert.InRange(times.Count(at => at >= from && at < from + 60), 0, 9));
        // The first ones quickly: most reasons last for a moment.
        Assert.InRange(_posts[1] - _posts[0], 2, 2.6);
        Assert.InRange(_posts[^1] - _posts[^2], 27, 31);
    }

    [Fact]
    public void F39_an_API_that_refuses_lookups_as_well_is_asked_less_than_ten_times_in_any_minute()
    {
        var times = Live(0, 240, holder: null, ApiStatus.Refused, lookups: ApiStatus.Refused);
        Assert.NotEmpty(times);
        Assert.All(times, from => Assert.InRange(times.Count(at => at >= from && at < from + 60), 0, 9));
    }

    [Fact]
    public void F39_when_the_lookup_shows_a_pending_event_the_assign_follows_its_end_at_once()
    {
        Live(0, 8, holder: 102, ApiStatus.Refused, locked: true);
        var before = _posts.Count;
        Live(8, 12, holder: 102, ApiStatus.Refused);
        Assert.InRange(_posts[before], 8, 9.3);
    }

    [Fact]
    public void An_assign_that_is_taken_after_all_ends_the_waits_and_so_does_a_reload()
    {
        Live(0, 20, holder: null, ApiStatus.Refused);
        Assert.True(_state.Ip.Claim.Assign.Refusals >= 3);
        _answers.Enqueue(new Input.SettingsChanged(_state.Settings));
        var before = _posts.Count;
        Live(20, 23, holder: null, ApiStatus.Ok);
        Assert.InRange(_posts[before], 20, 21.5);
        Assert.Equal(0, _state.Ip.Claim.Assign.Refusals);
    }

    /// <summary>Lives from deadline to deadline; each request is answered after 50 ms. Peers are heard; they are unfit, so the claim stays here.</summary>
    /// <returns>When each request left.</returns>
    private List<double> Live(double from, double to, long? holder, ApiStatus assign, ApiStatus lookups = ApiStatus.Ok, bool locked = false)
    {
        List<double> times = from == 0 ? [0] : [];
        if (from == 0)
            _answers.Enqueue(Answer(_state, assign, assign == ApiStatus.Ok));
        for (var second = from; second < to; second = Math.Round(second + 0.05, 2))
        {
            Input input = _answers.TryDequeue(out var answer) ? answer
                : second % 0.5 < 0.04 ? new Input.AdvertHeard(1, Make(_state, Role.Fault, _state.Term))
                : new Input.Deadline();
            foreach (var effect in Step(_state, input, second))
            {
                if (effect is Effect.Assign)
                {
                    _posts.Add(second);
                    _answers.Enqueue(Answer(_state, assign, assign == ApiStatus.Ok));
                }
                else if (effect is Effect.ReadHolder)
                {
                    _answers.Enqueue(new Input.HolderRead(Then + TimeSpan.FromSeconds(second), lookups, lookups == ApiStatus.Ok ? holder : null, locked, true, null, ""));
                }
                else
                {
                    continue;
                }
                times.Add(second);
            }
        }
        return times;
    }
}
