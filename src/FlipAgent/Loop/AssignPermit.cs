using FlipAgent.Core;
using FlipAgent.Kernel;

namespace FlipAgent.Loop;

/// <summary>
/// Rule C1: may an assign of a term leave now? Set by the loop after each step and before any of its effects, asked by the worker right before its request
/// leaves. Where there is a lease, its end counts also when the loop is late to see it (rule E15).
/// </summary>
internal sealed class AssignPermit
{
    private volatile Permitted? _permitted;

    private sealed record Permitted(uint Term, ClusterSettings Settings, TimeSpan LeaseUntil, TimeSpan BootAhead);

    /// <summary>From any thread.</summary>
    public bool Allows(uint term) => Of(term) is not null;

    /// <summary>The same of one floating IP, which a reload may have taken away meanwhile. From any thread.</summary>
    /// <param name="address">Its id, as in <see cref="ClusterSettings.AddressIds"/>.</param>
    public bool Allows(uint term, uint address) => Of(term)?.Settings.IndexOfAddress(address) >= 0;

    /// <summary>The loop only.</summary>
    public void Set(ElectionState state)
    {
        var (until, settings) = (Election.MayAssignUntil(state), state.Settings);
        var term = Election.MayAssign(state, state.Term) ? state.Term : 0;
        // Most steps change nothing here.
        if (_permitted is not { } before || before.Term != term || before.LeaseUntil != until || !ReferenceEquals(before.Settings, settings))
            _permitted = new Permitted(term, settings, until, until == Moment.Forever ? TimeSpan.Zero : Clocks.Boot - Clocks.Monotonic);
    }

    private Permitted? Of(uint term) => term != 0 && _permitted is { } permitted && permitted.Term == term && IsInTime(permitted) ? permitted : null;

    /// <summary>The clock of the lease stands still while the machine is suspended.</summary>
    private static bool IsInTime(Permitted permitted)
    {
        if (permitted.LeaseUntil == Moment.Forever)
            return true;
        var now = Clocks.Monotonic;
        return now + (Clocks.Boot - now - permitted.BootAhead) < permitted.LeaseUntil;
    }
}
