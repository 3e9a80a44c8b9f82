using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Page;

/// <inheritdoc cref="NeedsFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(params string[] needs) => Skip = new NeedsFactAttribute(needs).Skip;
}
