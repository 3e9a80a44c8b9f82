using System.Runtime.CompilerServices;
using FlipAgent.Kernel;

namespace FlipAgent.Tests.Kernel;

public class OldHandlesTests
{
    [Fact]
    public void An_old_object_that_nobody_uses_is_finalized_without_a_need_for_memory()
    {
        var freed = new ManualResetEventSlim();
        using var handles = new OldHandles(TimeSpan.FromMilliseconds(20));
        LeaveAnOldOne(freed);
        Assert.True(freed.Wait(TimeSpan.FromSeconds(20)), "it was not finalized");
    }

    /// <summary>As old as the certificate authorities are when they are replaced.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LeaveAnOldOne(ManualResetEventSlim freed)
    {
        var old = new Finalized(freed);
        GC.Collect();
        GC.Collect();
        Assert.Equal(GC.MaxGeneration, GC.GetGeneration(old));
    }

    private sealed class Finalized(ManualResetEventSlim freed)
    {
        ~Finalized() => freed.Set();
    }
}
