namespace FlipAgent.Core.Tests.Owners;

/// <summary>Start and end of a run (rules E11, E12): a stop is asked for once, and a prepared one is a restart for 60 s.</summary>
public sealed class LifecycleTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan s_tick = TimeSpan.FromTicks(1);
    private readonly Lifecycle _life = new(wallClock: 1000, TimeSpan.FromSeconds(1));

    [Fact]
    public void A_run_that_was_just_started_stops_and_resumes_nothing()
    {
        Assert.Equal((1000.0, TimeSpan.FromSeconds(1)), (_life.WallAtStart, _life.StartedAt));
        Assert.Equal((0u, Moment.Never, Moment.Never, Moment.Forever), (_life.ResumeTerm, _life.ResumeUntil, _life.RestartHoldUntil, _life.ExitAt));
        Assert.Equal((false, false, false), (_life.Stopping, _life.StopIsNew, _life.Exited));
    }

    [Theory]
    [InlineData(-1, StopKind.Restart)]
    [InlineData(0, StopKind.Final)]
    public void A_prepared_stop_is_a_restart_for_60_s(int ticks, StopKind expected)
    {
        _life.PrepareRestart(s_now);
        var stop = s_now + TimeSpan.FromSeconds(60) + TimeSpan.FromTicks(ticks);
        _life.AskStop(StopKind.Final, stop);
        Assert.Equal((expected, true, true, 1), (_life.Stop, _life.Stopping, _life.StopIsNew, _life.Revision));
        Assert.Equal(expected == StopKind.Restart ? stop + TimeSpan.FromSeconds(15) : Moment.Never, _life.RestartHoldUntil);
    }

    [Fact]
    public void A_second_stop_changes_nothing()
    {
        _life.AskStop(StopKind.Final, s_now);
        _life.PlanExit(s_now);
        _life.AskStop(StopKind.Restart, s_now + s_tick);
        Assert.Equal((StopKind.Final, false, Moment.Never, 1), (_life.Stop, _life.StopIsNew, _life.RestartHoldUntil, _life.Revision));
    }

    [Fact]
    public void The_answer_to_a_request_is_waited_for_5_s()
    {
        _life.AskStop(StopKind.Final, s_now);
        _life.PlanExit(s_now);
        Assert.Equal((s_now + TimeSpan.FromSeconds(5), false, false), (_life.ExitAt, _life.StopIsNew, _life.Exited));
        _life.Exit();
        Assert.True(_life.Exited);
    }

    [Fact]
    public void A_run_that_may_resume_may_so_until_something_speaks_against_it_or_it_has_listened()
    {
        _life.MayResume(7, s_now);
        Assert.Equal((7u, s_now), (_life.ResumeTerm, _life.ResumeUntil));
        _life.DoNotResume();
        Assert.Equal((0u, s_now), (_life.ResumeTerm, _life.ResumeUntil)); // The holder is looked up often until then.
        _life.MayResume(7, s_now);
        _life.ListenedEnough();
        Assert.Equal((0u, Moment.Never), (_life.ResumeTerm, _life.ResumeUntil));
    }
}
