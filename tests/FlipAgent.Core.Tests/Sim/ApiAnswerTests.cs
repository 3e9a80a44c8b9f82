using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>How long a node waits for an API that refuses, limits or fails, and whom it tells (rule C5).</summary>
public sealed class ApiAnswerTests
{
    [Theory]
    [InlineData(ApiStatus.Unauthorized, null, 5)]
    [InlineData(ApiStatus.Forbidden, null, 5)]
    [InlineData(ApiStatus.NotFound, null, 5)]
    [InlineData(ApiStatus.RateLimited, null, 60)]
    [InlineData(ApiStatus.RateLimited, 29, 29)]
    [InlineData(ApiStatus.RateLimited, 3600, 60)]
    public void F43_F35_a_refusal_is_obeyed_to_the_second(ApiStatus status, int? retryAfter, int waits)
    {
        var state = Grow(holder: 101, fit: true);
        // It wants to look: the free witness does not see the address here.
        Take(state, new Input.HolderRead(Then, status, null, false, true, retryAfter is { } s ? TimeSpan.FromSeconds(s) : null, "no"), 0.1);
        Take(state, new Input.MetadataRead(Witness.NotHere, ""), 0.2);
        Assert.Empty(Looks(state, 0.3, 0.1 + waits - 0.001));
        Assert.Equal(0.1 + waits, Assert.Single(Looks(state, 0.1 + waits, 0.1 + waits + 0.2)), 3);
    }

    [Theory]
    [InlineData(ApiStatus.Unauthorized)]
    [InlineData(ApiStatus.NotFound)]
    [InlineData(ApiStatus.Refused)]
    public void What_was_refused_is_asked_at_once_after_a_reload(ApiStatus status)
    {
        var state = Grow(holder: 101, fit: true);
        Answer(state, status, 0.1);
        Assert.Empty(Looks(state, 1.5, 2));
        Assert.Contains(Step(state, new Input.SettingsChanged(state.Settings), 2), e => e is Effect.ReadHolder);
    }

    [Fact]
    public void F43_each_refusal_is_told_once_and_its_end_as_well()
    {
        foreach (var (status, kind) in new[]
        {
            (ApiStatus.Unauthorized, EventKind.TokenRefused),
            (ApiStatus.Forbidden, EventKind.TokenRefused),
            (ApiStatus.NotFound, EventKind.AddressNotFound),
        })
        {
            var state = Grow(holder: 101, fit: true);
            var told = Assert.Single(Answer(state, status, 0.1));
            Assert.Equal((kind, Severity.Critical, "why"), (told.Kind, told.Severity, told.Detail));
            Assert.Equal(kind == EventKind.TokenRefused ? status : null, told.Api);
            Assert.Equal((false, status), (state.Api.Ok, state.Api.Status));
            Assert.Empty(Answer(state, status, 30.1));
            var over = Assert.Single(Answer(state, ApiStatus.Ok, 60.1), e => e.Kind == EventKind.ApiRecovered);
            Assert.Equal((TimeSpan.FromSeconds(60), true), (over.Duration, over.Alert));
            Assert.Equal((true, ApiStatus.Ok), (state.Api.Ok, state.Api.Status));
        }
    }

    [Fact]
    public void F35_a_rate_limit_is_an_answer()
    {
        var state = Grow(holder: 101, fit: true);
        Answer(state, ApiStatus.Failed, 0.1);
        Assert.Equal(false, state.Api.Ok);
        Answer(state, ApiStatus.RateLimited, 1);
        Assert.Equal((true, ApiStatus.RateLimited), (state.Api.Ok, state.Api.Status));
    }

    [Fact]
    public void An_API_that_fails_is_told_after_ten_seconds_and_asked_again_after_random_waits_of_at_most_five()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.DoesNotContain(Answer(state, ApiStatus.Failed, 0), e => e.Kind == EventKind.ApiFailing);
        var (asked, waits, told) = (0.0, new List<double>(), new List<double>());
        for (var i = 0; i < 60; i++)
        {
            var next = Assert.Single(Looks(state, asked + 0.001, asked + 5.5, first: true));
            waits.Add(next - asked);
            asked = next;
            if (Answer(state, ApiStatus.Failed, asked).Any(e => e.Kind == EventKind.ApiFailing))
                told.Add(asked);
        }

        Assert.InRange(Assert.Single(told), 10, 15);
        Assert.True(waits[0] <= 0.251, $"{waits[0]}: the first wait is a quarter of a second at most");
        Assert.InRange(waits.Max(), 3, 5.001);
        Assert.InRange(waits.Skip(10).Average(), 1.5, 3.5);
        Assert.InRange(waits.Skip(10).Min(), 0.2, 2);
    }

    [Fact]
    public void A_master_that_holds_the_address_looks_every_30_s()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Read(101, 0), 0.05);
        var looks = Looks(state, 0.1, 70);
        Assert.Equal(30, looks[1] - looks[0], 2);
    }

    private static List<Event> Answer(ElectionState state, ApiStatus status, double second)
    {
        var effects = new List<Effect>();
        var answer = new Input.HolderRead(Then + TimeSpan.FromSeconds(second), status, status == ApiStatus.Ok ? 101 : null, false, true, null, "why");
        Election.Step(state, answer, Then + TimeSpan.FromSeconds(second), effects);
        // Of the cloud only: the peers are silent here.
        return [.. effects.OfType<Effect.Announce>().Select(a => a.Event).Where(e => e.Kind is >= EventKind.AssignSent and < EventKind.Reloaded)];
    }

    /// <summary>Lives from deadline to deadline; a look is answered well at once.</summary>
    /// <param name="first">Ends with the first look, which is not answered.</param>
    private static List<double> Looks(ElectionState state, double from, double until, bool first = false)
    {
        var looks = new List<double>();
        for (var now = from; now <= until; now = Math.Max(now + 0.001, (state.NextDeadline - Then).TotalSeconds))
        {
            var effects = new List<Effect>();
            Election.Step(state, new Input.Deadline(), Then + TimeSpan.FromSeconds(now), effects);
            if (!effects.Any(e => e is Effect.ReadHolder))
                continue;
            looks.Add(now);
            if (first)
                break;
            Take(state, Read(101, now), now + 0.0005);
        }

        return looks;
    }
}
