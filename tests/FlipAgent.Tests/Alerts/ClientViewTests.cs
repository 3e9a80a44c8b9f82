using FlipAgent.Core;
using FlipAgent.Running;

namespace FlipAgent.Tests;

/// <summary>What clients noticed of a move, from what the guard saw.</summary>
public class ClientViewTests
{
    private readonly ClientView _view = new();

    [Fact]
    public void An_interruption_is_measured_from_the_last_answer_before_to_the_first_after()
    {
        _view.Note(Answers(10));
        _view.Note(Fails(last: 10, since: 10.25));
        _view.Note(Fails(last: 10, since: 10.25));
        Assert.Equal("no answer for at most 1.5 s, as measured by haproxy-2", _view.Of(Answers(11.5), "haproxy-2", Second(1.4), Second(11.6)));
    }

    [Fact]
    public void While_nothing_answers_the_last_answer_is_told_and_no_end_is_made_up()
    {
        _view.Note(Answers(10));
        Assert.Equal("the last answer that haproxy-2 got was 1.5 s before this; it has not got one since", _view.Of(Fails(10, 10.25), "haproxy-2", Second(1), Second(11.5)));
    }

    [Fact]
    public void A_seamless_move_and_an_old_interruption()
    {
        _view.Note(Answers(10));
        _view.Note(Fails(10, 10.25));
        _view.Note(Answers(12));
        Assert.Equal("no interruption that haproxy-2 noticed; it asks every 250 ms", _view.Of(Answers(100), "haproxy-2", Second(1), Second(100)));
    }

    /// <summary>A backup that becomes master asks each five seconds until the address has moved, so in most failovers it sees nothing of them.</summary>
    [Fact]
    public void Who_has_not_looked_since_the_fault_does_not_say_that_there_was_no_interruption()
    {
        _view.Note(Answers(10));
        Assert.Equal("not known: haproxy-2 last looked 3.2 s before this, when the service still answered", _view.Of(Answers(10), "haproxy-2", Second(3.1), Second(13.2)));
        Assert.Equal("no interruption that haproxy-2 noticed; it asks every 250 ms", _view.Of(Answers(10.2), "haproxy-2", Second(3.1), Second(13.2)));
    }

    [Fact]
    public void Without_a_guard_that_ever_worked_nothing_is_said()
    {
        Assert.Null(_view.Of(Sighting.None, "haproxy-2", Second(1), Second(10)));
        Assert.Null(_view.Of(Fails(10, 10.25) with { Proven = false }, "haproxy-2", Second(1), Second(11)));
        Assert.Null(_view.Of(Answers(10) with { Sight = Sight.Blind }, "haproxy-2", Second(1), Second(11)));
    }

    private static Sighting Answers(double at) => new(Sight.Answers, true, Second(0.25), Second(at), Moment.Never, Second(at));

    private static Sighting Fails(double last, double since) => new(Sight.TimedOut, true, Second(0.25), Second(since), Second(since), Second(last));

    private static TimeSpan Second(double n) => TimeSpan.FromSeconds(n);
}
