using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What a claim waits for: a lock, the metadata service, an action that errored (rules C2 to C6).</summary>
public sealed class ClaimTests
{
    /// <summary>An address that somebody else's action locks is waited for, and not for ever: a lock can be stuck (F40).</summary>
    [Fact]
    public void F39_a_lock_of_somebody_else_is_waited_for_30_s_from_the_first_look_that_shows_it()
    {
        var state = Grow(holder: 101, fit: true);
        var assigns = new List<double>();
        for (var second = 0.0; second < 33; second += 0.25)
        {
            var effects = new List<Effect>();
            var look = new Input.HolderRead(Then + TimeSpan.FromSeconds(second), ApiStatus.Ok, null, Locked: true, true, null, "");
            Election.Step(state, second % 1 == 0 ? look : new Input.Deadline(), Then + TimeSpan.FromSeconds(second), effects);
            if (effects.OfType<Effect.Assign>().Any())
                assigns.Add(second);
            if (second % 1 == 0)
                Hear(state, 1, Role.Backup, second);
        }
        Assert.Equal(30, Assert.Single(assigns));
    }

    [Fact]
    public void F41_a_move_that_the_free_witness_does_not_show_is_not_held_for_a_minute()
    {
        var state = Claim(Grow(holder: 101, fit: true));
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, new Input.ActionRead(Then + TimeSpan.FromSeconds(1), 7, ApiStatus.Ok, ActionStatus.Completed, null, ""), 1.1);
        Take(state, new Input.MetadataRead(Witness.NotHere, ""), 1.2);
        Take(state, Read(101, 1.3), 1.4);
        Assert.Equal(ClaimState.Claiming, state.Ip.Claim.State);
        Take(state, new Input.MetadataRead(Witness.Here, ""), 2);
        Assert.Equal(ClaimState.Held, state.Ip.Claim.State);
        Take(state, new Input.MetadataRead(Witness.NotHere, ""), 59);
        Assert.Equal(ClaimState.Claiming, state.Ip.Claim.State);
        Take(state, new Input.MetadataRead(Witness.NotHere, ""), 61.2);
        Assert.Equal(ClaimState.Held, state.Ip.Claim.State);
    }

    [Fact]
    public void F40_an_action_that_errored_is_not_tried_again_in_the_same_moment()
    {
        var state = Claim(Grow(holder: 101, fit: true));
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        Take(state, new Input.ActionRead(Then + TimeSpan.FromSeconds(1), 7, ApiStatus.Ok, ActionStatus.Errored, null, "broken"), 1.1);
        Assert.Equal(1, state.Ip.Claim.Assign.Failures);
        var effects = new List<Effect>();
        Election.Step(state, Read(null, 1.105), Then + TimeSpan.FromSeconds(1.11), effects);
        Assert.Empty(effects.OfType<Effect.Assign>());
    }

    [Fact]
    public void C6_a_metadata_service_that_contradicts_the_API_for_a_minute_is_told_once()
    {
        var state = Grow(holder: 101, fit: true);
        List<Event> Says(double second)
        {
            Take(state, Read(101, second - 0.02), second - 0.01);
            Hear(state, 1, Role.Backup, second - 0.005);
            return Announced(state, new Input.MetadataRead(Witness.NotHere, ""), second).FindAll(e => e.Kind == EventKind.MetadataDisagrees);
        }
        Assert.Empty(Says(1));
        Assert.Empty(Says(31));
        Assert.Empty(Says(60.9));
        var told = Assert.Single(Says(61.1));
        Assert.Equal((Severity.Warning, "n1", TimeSpan.FromMinutes(1)), (told.Severity, told.Holder, told.Duration));
        Assert.Empty(Says(62));

        // The API was last asked when the two had just begun to differ: that is no contradiction yet.
        var old = Grow(holder: 101, fit: true);
        Take(old, new Input.MetadataRead(Witness.NotHere, ""), 1);
        Take(old, Read(101, 20), 20.1);
        Assert.DoesNotContain(Announced(old, new Input.MetadataRead(Witness.NotHere, ""), 61.1), e => e.Kind == EventKind.MetadataDisagrees);
    }
}
