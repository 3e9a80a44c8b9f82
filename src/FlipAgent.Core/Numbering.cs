namespace FlipAgent.Core;

/// <summary>
/// Nodes, checks and floating IPs are numbers in an input, and a reload deals the numbers anew while inputs with the old ones are on their way. Here a number is read in the list that
/// it was made with and looked up, by name or id, in the list that the state has.
/// </summary>
internal static class Numbering
{
    /// <summary>The same input with the number that its node, check or floating IP has in <paramref name="to"/>; null when there is no such one.</summary>
    public static Input? Translate(Input input, ClusterSettings from, ClusterSettings to)
    {
        if (ReferenceEquals(from, to))
            return input;
        return input switch
        {
            Input.AdvertHeard heard => Node(heard.Peer, from, to) is var i and >= 0 ? heard with { Peer = i } : null,
            // An address that was no node's is still worth a word, whatever the list.
            Input.AdvertRejected { Peer: < 0 } => input,
            Input.AdvertRejected rejected => Node(rejected.Peer, from, to) is var i and >= 0 ? rejected with { Peer = i } : null,
            Input.HolderRead read => Address(read.Address, from, to) is var i and >= 0 ? read with { Address = i } : null,
            Input.AssignAnswered answered => Address(answered.Address, from, to) is var i and >= 0 ? answered with { Address = i } : null,
            Input.ActionRead read => Address(read.Address, from, to) is var i and >= 0 ? read with { Address = i } : null,
            Input.MetadataRead read => Address(read.Address, from, to) is var i and >= 0 ? read with { Address = i } : null,
            Input.CheckChanged changed => Check(changed.Check, from, to) is var i and >= 0 ? changed with { Check = i } : null,
            // Whose lease it would be is another question now; that it was asked has to be answered.
            Input.LeaseAnswered answered when from.Lease?.Store != to.Lease?.Store => new Input.LeaseAnswered(answered.Request, answered.SentAt, LeaseStatus.Failed, "another store is configured now"),
            _ => input,
        };
    }

    private static int Node(int index, ClusterSettings from, ClusterSettings to) =>
        index >= 0 && index < from.Nodes.Length ? to.IndexOf(from.Nodes[index].Id) : -1;

    private static int Address(int index, ClusterSettings from, ClusterSettings to) =>
        index >= 0 && index < from.Addresses ? to.IndexOfAddress(from.AddressIds[index]) : -1;

    private static int Check(int index, ClusterSettings from, ClusterSettings to)
    {
        for (var i = 0; index >= 0 && index < from.Checks.Length && i < to.Checks.Length; i++)
            if (to.Checks[i].IsSameAs(from.Checks[index]))
                return i;
        return -1;
    }
}
