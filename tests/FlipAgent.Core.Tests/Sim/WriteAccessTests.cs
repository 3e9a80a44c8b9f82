using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Whether the token may write is found out without a move (rule C11): who may ask, when the request leaves, and what each answer means.</summary>
public sealed class WriteAccessTests
{
    [Fact]
    public void A_master_that_holds_looks_first_and_then_asks_for_what_is_so_already()
    {
        var state = Grow(holder: 101, fit: true);
        var effects = Ask(state, 0.1);
        Assert.IsType<CommandResult.ProofBegun>(Reply(effects));
        Assert.Contains(effects, e => e is Effect.ReadHolder);
        Assert.DoesNotContain(effects, e => e is Effect.Assign);
        Assert.IsType<CommandResult.AssignUnderWay>(Reply(Ask(state, 0.11)));
        Assert.Equal(new Effect.Assign(state.Term, 101), Assert.Single(Step(state, Read(101, 0.12), 0.15).OfType<Effect.Assign>()));
        Assert.DoesNotContain(Step(state, Read(101, 0.2), 0.2), e => e is Effect.Assign);
    }

    [Theory]
    [InlineData(ApiStatus.Failed, true, EventKind.WriteProven, Severity.Info, WriteState.Proven)]
    [InlineData(ApiStatus.Forbidden, false, EventKind.WriteRefused, Severity.Critical, WriteState.Refused)]
    [InlineData(ApiStatus.Unauthorized, false, EventKind.WriteRefused, Severity.Critical, WriteState.Refused)]
    [InlineData(ApiStatus.Failed, false, EventKind.WriteUnproven, Severity.Warning, WriteState.Unproven)]
    [InlineData(ApiStatus.RateLimited, false, EventKind.WriteUnproven, Severity.Warning, WriteState.Unproven)]
    [InlineData(ApiStatus.Ok, false, EventKind.WriteAccepted, Severity.Critical, WriteState.Proven)]
    public void Each_answer_is_told_and_changes_no_claim(ApiStatus status, bool unprocessable, EventKind kind, Severity severity, WriteState known)
    {
        var state = Sent();
        var effects = Step(state, Answered(state, status, unprocessable), 0.3);
        var told = Assert.Single(Told(effects), e => e.Kind == kind);
        Assert.Equal((severity, "req-1"), (told.Severity, told.RequestId));
        Assert.Equal(kind == EventKind.WriteAccepted ? (7L, null) : (null, "said so"), (told.ActionId, told.Detail));
        Assert.Contains(effects, e => e is Effect.ReadHolder);
        Assert.Equal((known, Role.Master, ClaimState.Held, 0), (state.Ip.Write.State, state.Role, state.Ip.Claim.State, state.Ip.Budget.Counted(Then).Length));
        Assert.DoesNotContain(Told(Step(state, Read(101, 0.35), 0.4)), e => e.Severity != Severity.Info);
        Assert.Equal((Role.Master, ClaimState.Held), (state.Role, state.Ip.Claim.State));
    }

    [Fact]
    public void Once_an_hour()
    {
        var state = Sent();
        Take(state, Answered(state, ApiStatus.Failed, true), 0.3);
        Take(state, Read(101, 0.35), 0.4);
        Assert.InRange(Assert.IsType<CommandResult.ProvedLately>(Reply(Ask(state, 1))).Wait.TotalMinutes, 59, 60);
    }

    [Fact]
    public void One_that_never_left_does_not_count()
    {
        var state = Sent();
        Assert.Single(Announced(state, new Input.AssignAnswered(state.Term, Then, ApiStatus.Ok, false, NotSent: true, 0, ActionStatus.Unknown, null, ""), 0.3), e => e.Kind == EventKind.WriteUnproven);
        Assert.IsType<CommandResult.ProofBegun>(Reply(Ask(state, 1)));
    }

    [Fact]
    public void A_backup_and_a_master_without_the_address_are_refused_with_where_it_is()
    {
        Assert.Equal("n2", Assert.IsType<CommandResult.NotHolder>(Reply(Ask(Grow(holder: 102, fit: true), 0.1))).Holder);
        Assert.Equal("nobody", Assert.IsType<CommandResult.NotHolder>(Reply(Ask(Claim(Grow(holder: 101, fit: true)), 0.1))).Holder);
    }

    public static TheoryData<string> InTheWay => ["locked", "elsewhere", "nothing", "old"];

    [Theory]
    [MemberData(nameof(InTheWay))]
    public void Unless_a_fresh_lookup_shows_the_address_here_and_free_nothing_is_sent(string what)
    {
        var state = Grow(holder: 101, fit: true);
        var effects = Ask(state, 0.1);
        for (var second = 0.2; second < 11; second += 0.2)
        {
            Input input = what switch
            {
                "locked" => Read(101, second - 0.1) with { Locked = true },
                "elsewhere" => Read(103, second - 0.1),
                "old" => Read(101, second - 1.5),
                _ => new Input.Deadline(),
            };
            effects.AddRange(Step(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term)), second));
            effects.AddRange(Step(state, input, second));
        }
        Assert.DoesNotContain(effects, e => e is Effect.Assign && what != "elsewhere");
        Assert.Single(Told(effects), e => e is { Kind: EventKind.WriteUnproven, Severity: Severity.Warning });
        Assert.Equal(WriteState.Unproven, state.Ip.Write.State);
    }

    /// <summary>A lookup that comes at the end of the 10 s is too late, though it shows the address here and free.</summary>
    [Theory]
    [InlineData(10.0999, true)]
    [InlineData(10.1, false)]
    public void It_waits_10_s_for_that_lookup(double answered, bool isSent)
    {
        var state = Grow(holder: 101, fit: true);
        Ask(state, 0.1);
        var effects = Step(state, Read(101, answered - 0.05), answered);
        Assert.Equal(isSent, effects.Exists(e => e is Effect.Assign));
        Assert.Equal(!isSent, Told(effects).Exists(e => e is { Kind: EventKind.WriteUnproven, Detail: "no lookup in time showed that the floating IP is here" }));
        Assert.DoesNotContain(Told(Step(state, new Input.Deadline(), answered + 1)), e => e.Kind == EventKind.WriteUnproven);
    }

    [Fact]
    public void It_ends_by_itself_when_no_lookup_comes()
    {
        var state = Grow(holder: 101, fit: true);
        Ask(state, 0.1);
        for (var at = state.NextDeadline; state.NextDeadline < Then + TimeSpan.FromSeconds(10.1); at = state.NextDeadline)
            Assert.DoesNotContain(Told(Step(state, new Input.Deadline(), (at - Then).TotalSeconds)), e => e.Kind == EventKind.WriteUnproven);
        Assert.Equal(Then + TimeSpan.FromSeconds(10.1), state.NextDeadline);
    }

    [Fact]
    public void It_ends_at_once_when_the_address_leaves_or_the_mastership_does()
    {
        var left = Grow(holder: 101, fit: true);
        Ask(left, 0.1);
        var effects = Step(left, Read(null, 0.2), 0.3);
        Assert.Contains(Told(effects), e => e.Kind == EventKind.WriteUnproven);
        Assert.Equal(ClaimState.Claiming, left.Ip.Claim.State);
        var unfit = Grow(holder: 101, fit: true);
        Ask(unfit, 0.1);
        Assert.Contains(Announced(unfit, new Input.CheckChanged(0, false, "down"), 0.2), e => e.Kind == EventKind.WriteUnproven);
    }

    [Fact]
    public void While_the_address_is_locked_it_is_looked_at_again_and_the_proof_leaves_when_it_is_free()
    {
        var state = Grow(holder: 101, fit: true);
        Ask(state, 0.1);
        Assert.Contains(Step(state, Read(101, 0.12) with { Locked = true }, 0.15).Concat(Step(state, new Input.Deadline(), 1.2)), e => e is Effect.ReadHolder);
        Assert.Contains(Step(state, Read(101, 1.25), 1.3), e => e is Effect.Assign);
    }

    /// <summary>After a stall nothing is asked of the cloud but where the address is (rule E10).</summary>
    [Fact]
    public void A_master_that_is_quiet_after_a_stall_sends_none()
    {
        var state = Grow(holder: 101, fit: true);
        Ask(state, 0.1);
        Step(state, new Input.Stalled(TimeSpan.FromSeconds(5)), 5.2);
        Assert.True(state.Quarantine.On);
        Assert.DoesNotContain(Step(state, Read(101, 5.1), 5.25), e => e is Effect.Assign);
        Assert.True(state.Quarantine.On);
    }

    [Fact]
    public void A_move_proves_it_as_well_and_a_403_on_one_says_that_it_is_missing()
    {
        var state = Claim(Grow(holder: 101, fit: true));
        Take(state, Answered(state, ApiStatus.Forbidden, false), 0.1);
        Assert.Equal(WriteState.Refused, state.Ip.Write.State);
        Take(state, Answered(state, ApiStatus.Ok, false), 0.2);
        Assert.Equal(WriteState.Proven, state.Ip.Write.State);
    }

    private static ElectionState Sent()
    {
        var state = Grow(holder: 101, fit: true);
        Ask(state, 0.1);
        Assert.Single(Step(state, Read(101, 0.12), 0.15).OfType<Effect.Assign>());
        return state;
    }

    private static List<Effect> Ask(ElectionState state, double second) => Step(state, new Input.Commanded(new Command.ProveWrite()), second);

    private static CommandResult Reply(List<Effect> effects) => Assert.Single(effects.OfType<Effect.Reply>()).Result;

    private static Input.AssignAnswered Answered(ElectionState state, ApiStatus status, bool unprocessable) =>
        new(state.Term, Then, status, status == ApiStatus.Ok, false, status == ApiStatus.Ok ? 7 : 0, ActionStatus.InProgress, null, "said so") { Unprocessable = unprocessable, RequestId = "req-1" };
}
