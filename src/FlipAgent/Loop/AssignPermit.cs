using FlipAgent.Core;

namespace FlipAgent.Loop;

/// <summary>
/// Rule C1: may an assign of a term leave now? Set by the loop after each step and before any of its effects, asked by the worker right before its request
/// leaves.
/// </summary>
internal sealed class AssignPermit
{
    private uint _term;
    private ClusterSettings? _settings;

    /// <summary>From any thread.</summary>
    public bool Allows(uint term) => term != 0 && Volatile.Read(ref _term) == term;

    /// <summary>The same of one floating IP, which a reload may have taken away meanwhile. From any thread.</summary>
    /// <param name="address">Its id, as in <see cref="ClusterSettings.AddressIds"/>.</param>
    public bool Allows(uint term, uint address) => Allows(term) && Volatile.Read(ref _settings)?.IndexOfAddress(address) >= 0;

    /// <summary>The loop only.</summary>
    public void Set(ElectionState state)
    {
        Volatile.Write(ref _settings, state.Settings);
        Volatile.Write(ref _term, Election.MayAssign(state, state.Term) ? state.Term : 0);
    }
}
