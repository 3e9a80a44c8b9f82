// Booted machines with real programs: a bound is the time that docs/faults.md allows, or a minute for what only has to come.
[assembly: AssemblyTrait("Category", "RealTime")]

namespace FlipAgent.SystemTests.Host;

/// <summary>Everything that boots machines: one after the other, and the cast is broken at the end.</summary>
[CollectionDefinition(Name)]
public sealed class MachineCollection : ICollectionFixture<MachineCollection.Cast>
{
    public const string Name = "machines";

    public sealed class Cast : IDisposable
    {
        public void Dispose() => Golden.Break();
    }
}
