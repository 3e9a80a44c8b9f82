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
