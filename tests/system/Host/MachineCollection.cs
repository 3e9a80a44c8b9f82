// Booted machines with real programs: a bound is the time that docs/faults.md allows, or a minute for what only has to come.
[assembly: AssemblyTrait("Category", "RealTime")]

namespace FlipAgent.SystemTests.Host;

/// <summary>Everything that boots machines: one after the other; at the end the layer that they share is removed.</summary>
[CollectionDefinition(Name)]
public sealed class MachineCollection : ICollectionFixture<MachineCollection.SharedLayer>
{
    public const string Name = "machines";

    public sealed class SharedLayer : IDisposable
    {
        public void Dispose() => Golden.Remove();
    }
}
