using FlipAgent.Core;

namespace FlipAgent.Loop;

/// <summary>
/// Rule C1: may an assign of a term leave now? Set by the loop after each step and before any of its effects, asked by the worker right before its request
/// leaves.
/// </summary>
internal sealed class AssignPermit
{
    private uint _term;

    /// <summary>From any thread.</summary>
    public bool Allows(uint term) => term != 0 && Volatile.Read(ref _term) == term;

    /// <summary>The loop only.</summary>
    public void Set(ElectionState state) => Volatile.Write(ref _term, Election.MayAssign(state, state.Term) ? state.Term : 0);
}
