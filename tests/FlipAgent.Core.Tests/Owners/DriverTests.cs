using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Owners;

/// <summary>The driver: in which order things are taken in and done, which copies of an advert leave, and what counts as a stall (rules E4, E10).</summary>
public sealed class DriverTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_release_leaves_three_times_20_ms_apart()
    {
        var (driver, io) = Make(Grow(holder: 101, fit: true));
        Assert.Equal(Moment.Forever, driver.NextCopyAt);
        driver.Run([Happens(new Input.CheckChanged(0, false, "gone"))], null);
        Assert.Equal([Then], io.SentAt);
        Assert.Equal((Then + Driver.CopyGap, Then + Driver.CopyGap), (driver.NextCopyAt, driver.WakeAt));
        io.Now = Then + Driver.CopyGap - s_tick;
        driver.SendCopies();
        Assert.Single(io.SentAt);
        io.Now = Then + Driver.CopyGap;
        driver.SendCopies();
        io.Now = Then + 2 * Driver.CopyGap;
        driver.SendCopies();
        Assert.Equal([Then, Then + Driver.CopyGap, Then + 2 * Driver.CopyGap], io.SentAt);
        Assert.Equal(Moment.Forever, driver.NextCopyAt);
        Assert.Equal(driver.State.NextDeadline, driver.WakeAt);
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(0, 1)]
    public void A_copy_that_is_as_late_as_the_next_one_does_not_leave(int ticks, int sent)
    {
        var (driver, io) = Make(Grow(holder: 101, fit: true));
        driver.Run([Happens(new Input.CheckChanged(0, false, "gone"))], null);
        io.SentAt.Clear();
        io.Now = Then + 2 * Driver.CopyGap + TimeSpan.FromTicks(ticks);
        driver.SendCopies();
        io.Now = Then + 3 * Driver.CopyGap - s_tick;
        driver.SendCopies();
        Assert.Equal(sent, io.SentAt.Count);
    }

    [Fact]
    public void What_is_done_comes_before_what_is_announced_and_the_exit_last()
    {
        var (driver, io) = Make(Grow(holder: 102, fit: true));
        driver.Run([Happens(new Input.Stopping(StopKind.Final))], null);
        var done = io.Done;
        Assert.Equal("Stepped Stopping", done[0]);
        Assert.Equal("Exit", done[^1]);
        Assert.True(done.IndexOf("SendAdvert") < done.IndexOf("Announce"));
        Assert.True(done.IndexOf("SaveState") < done.IndexOf("Announce"));
    }

    [Fact]
    public void The_deadline_is_a_step_when_it_is_due()
    {
        var (driver, io) = Make(Grow(holder: 102, fit: true));
        var at = driver.State.NextDeadline;
        io.Now = at - s_tick;
        driver.Run([], null);
        Assert.Empty(io.Done);
        io.Now = at;
        driver.Run([], null);
        Assert.Equal("Stepped Deadline", io.Done[0]);
    }

    [Fact]
    public void Due_copies_leave_in_the_same_turn()
    {
        var (driver, io) = Make(Grow(holder: 101, fit: true));
        driver.Run([Happens(new Input.CheckChanged(0, false, "gone"))], null);
        io.Now = Then + Driver.CopyGap;
        driver.Run([], null);
        Assert.Equal(2, io.SentAt.Count);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void E10_a_loop_that_wakes_more_than_2T_late_was_held_up(int ticks, bool stalled)
    {
        var (driver, _) = Make(Grow(holder: 102, fit: true));
        var late = 2 * s_second + TimeSpan.FromTicks(ticks);
        var now = driver.State.NextDeadline + late;
        Assert.Equal(stalled ? new Input.Stalled(late) : null, driver.Wake(now, Boot(now)));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void E10_a_suspend_shows_in_the_difference_of_the_two_clocks(int ticks, bool stalled)
    {
        var (driver, _) = Make(Grow(holder: 102, fit: true));
        var (now, suspended) = (driver.State.NextDeadline, 2 * s_second + TimeSpan.FromTicks(ticks));
        Assert.Null(driver.Wake(now - s_tick, Boot(now - s_tick)));
        Assert.Equal(stalled ? new Input.Stalled(suspended) { AwakeAt = now } : null, driver.Wake(now, Boot(now) + suspended));
        // It is noticed once.
        Assert.Null(driver.Wake(now + s_tick, Boot(now + s_tick) + suspended));
    }

    [Fact]
    public void E15_after_a_suspend_of_ten_minutes_nobody_is_shown_a_master_whose_lease_is_over()
    {
        var (driver, io) = Make(Sim.LeaseStage.Master().State);
        var seen = new List<Role>();
        Message.Asked[] question = [new Message.Asked((state, _) => seen.Add(state.Role))];
        Assert.Null(driver.Wake(io.Now + s_tick, Boot(io.Now + s_tick)));
        driver.Run(question, null);
        // CLOCK_MONOTONIC stood still.
        driver.Run(question, driver.Wake(io.Now + (2 * s_tick), Boot(io.Now + (2 * s_tick)) + TimeSpan.FromMinutes(10)));
        Assert.Equal([Role.Master, Role.Backup], seen);
    }

    [Fact]
    public void E15_a_question_that_waits_with_the_end_of_the_lease_is_answered_after_it()
    {
        var (driver, io) = Make(Sim.LeaseStage.Master().State);
        var seen = new List<Role>();
        Message.Asked[] question = [new Message.Asked((state, _) => seen.Add(state.Role))];
        io.Now = driver.State.Lease.ValidUntil - s_tick;
        driver.Run(question, null);
        io.Now += s_tick;
        driver.Run(question, null);
        Assert.Equal([Role.Master, Role.Backup], seen);
        Assert.True(Election.MayAssignUntil(driver.State) <= io.Now);
    }

    [Fact]
    public void E10_what_shows_in_both_clocks_alike_is_no_suspend()
    {
        var (driver, _) = Make(Grow(holder: 102, fit: true));
        var late = 9 * s_second;
        var now = driver.State.NextDeadline + late;
        Assert.Equal(new Input.Stalled(late), driver.Wake(now, Boot(now) + late));
    }

    [Fact]
    public void E10_after_a_stall_the_adverts_are_learned_first_then_the_stall_then_the_rest()
    {
        var (driver, io) = Make(Grow(holder: 102, fit: true));
        io.Now = Then + 9 * s_second;
        driver.Run([Happens(new Input.CheckChanged(1, true, "up")), Happens(Advert(driver.State, Role.Master, 0))], new Input.Stalled(9 * s_second));
        Assert.Equal(["Stepped AdvertHeard", "Stepped Stalled", "Stepped CheckChanged"], io.Done.Where(d => d.StartsWith("Stepped", StringComparison.Ordinal)).Take(3));
        Assert.Equal(io.Now, driver.State.Peers[1].HeardAt);
    }

    [Fact]
    public void A_reload_uses_the_new_parts_before_its_step_and_is_done_after_it()
    {
        var (driver, io) = Make(Grow(holder: 102, fit: true));
        var settings = driver.State.Settings with { ReclaimForeign = true };
        driver.Run([new Message.Reloaded(settings, () => { io.Done.Add("use"); return new(true, false); }, () => io.Done.Add("done"))], null);
        Assert.Equal(["use", "Stepped SettingsChanged"], io.Done.Take(2));
        Assert.Contains("done", io.Done);
        Assert.Same(settings, driver.State.Settings);
        Assert.Equal(Moment.Never, driver.State.Ip.Guard.AnsweredFor); // A guard that asks something else has to prove itself anew.
    }

    [Fact]
    public void A_command_is_answered_once_also_by_a_run_that_has_ended()
    {
        var (driver, io) = Make(Grow(holder: 102, fit: true));
        var answers = new List<CommandResult>();
        var ask = new Message.Ordered(new Command.ReleaseMaster(null), answers.Add);
        driver.Run([ask], null);
        Assert.Equal([new CommandResult.NotMaster("n2") { Node = "n1" }], answers);
        driver.Run([Happens(new Input.Stopping(StopKind.Final))], null);
        answers.Clear();
        driver.Run([ask], null);
        Assert.Equal([new CommandResult.Stopping { Node = "n1" }], answers);
        Assert.DoesNotContain("Reply", io.Done);
    }

    [Fact]
    public void A_question_sees_the_state_and_the_time()
    {
        var (driver, _) = Make(Grow(holder: 102, fit: true));
        (ElectionState, TimeSpan)? seen = null;
        driver.Run([new Message.Asked((state, now) => seen = (state, now))], null);
        Assert.Equal((driver.State, Then), seen);
    }

    [Fact]
    public void An_input_of_an_earlier_numbering_is_read_by_name()
    {
        var (driver, _) = Make(Grow(holder: 102, fit: true));
        var now = driver.State.Settings;
        var before = now with { Nodes = [now.Nodes[0], now.Nodes[2], now.Nodes[1]] };
        driver.Run([new Message.Happened(new Input.AdvertRejected(2, Rejection.WrongNode, "n2 of then"), before)], null);
        Assert.Equal((Rejection.WrongNode, null), (driver.State.Peers[1].Rejected, driver.State.Peers[2].Rejected));
        driver.Run([new Message.Happened(new Input.AdvertRejected(2, Rejection.WrongNode, "n3"))], null);
        Assert.Equal(Rejection.WrongNode, driver.State.Peers[2].Rejected);
    }

    private static Message.Happened Happens(Input input) => new(input);

    private static (Driver Driver, Recorder Io) Make(ElectionState state)
    {
        var io = new Recorder { Now = Then };
        return (new Driver(state, io, Then, Boot(Then)), io);
    }

    /// <summary>The machine has been up for a while longer than its monotonic clock says.</summary>
    private static TimeSpan Boot(TimeSpan now) => now + TimeSpan.FromSeconds(77);

    /// <summary>Writes down what the driver does to the world.</summary>
    private sealed class Recorder : IAgentIo
    {
        public TimeSpan Now { get; set; }

        public List<string> Done { get; } = [];

        public List<TimeSpan> SentAt { get; } = [];

        public void Stepped(Input input, IReadOnlyList<Effect> effects) => Done.Add($"Stepped {input.GetType().Name}");

        public void SendAdvert(Advert advert)
        {
            SentAt.Add(Now);
            Done.Add("SendAdvert");
        }

        public void Perform(Effect effect) => Done.Add(effect.GetType().Name);
    }
}
