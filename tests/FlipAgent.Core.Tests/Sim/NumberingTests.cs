using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What was numbered in one configuration and arrives in another is read by name, or dropped.</summary>
public sealed class NumberingTests
{
    private static readonly ClusterSettings s_before = Pair(new CheckWeight("haproxy", 0), new CheckWeight("site", 20));

    /// <summary>A node and a check come first that were not there, and the others are in another order.</summary>
    private static readonly ClusterSettings s_after = s_before with
    {
        Nodes = [new Node("c", 3, 50), new Node("b", 2, 150), new Node("a", 1, 100)],
        Checks = [new CheckWeight("dns", 0), new CheckWeight("site", 20), new CheckWeight("haproxy", 0)],
    };

    private static readonly ClusterSettings s_smaller = s_before with { Nodes = [new Node("b", 2, 150)], Me = 0, Checks = [new CheckWeight("site", 20)] };

    [Fact]
    public void With_the_same_settings_nothing_is_looked_up()
    {
        var input = new Input.CheckChanged(77, true, "");
        Assert.Same(input, Numbering.Translate(input, s_before, s_before));
    }

    [Fact]
    public void What_another_store_said_of_the_lease_is_no_answer_but_that_it_was_asked_is_known()
    {
        var held = new Input.LeaseAnswered(LeaseRequest.Renew, At(1), LeaseStatus.Held, "") { LeaseId = 7, Ttl = TimeSpan.FromSeconds(5), Holder = "b" };
        var (one, same, other) = (With(1, 5), With(1, 6), With(2, 5));
        Assert.Same(held, Numbering.Translate(held, one, same));
        foreach (var to in new[] { other, s_before })
            Assert.Equal((LeaseStatus.Failed, LeaseRequest.Renew, 0L, null), Numbering.Translate(held, one, to) is Input.LeaseAnswered a ? (a.Status, a.Request, a.LeaseId, a.Holder) : default);

        static ClusterSettings With(ulong store, int ttl) => s_before with { Lease = new LeaseTerms(TimeSpan.FromSeconds(ttl)) { Store = store } };
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    [InlineData(2, null)]
    [InlineData(-1, null)]
    public void A_node_is_found_by_its_name(int index, int? expected)
    {
        var heard = new Input.AdvertHeard(index, Adverts.Simple);
        Assert.Equal(expected, (Numbering.Translate(heard, s_before, s_after) as Input.AdvertHeard)?.Peer);
        if (index < 0)
            return;
        var rejected = new Input.AdvertRejected(index, Rejection.BadMac, "key 1");
        Assert.Equal(expected is { } peer ? rejected with { Peer = peer } : null, Numbering.Translate(rejected, s_before, s_after));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    [InlineData(2, null)]
    [InlineData(-1, null)]
    public void A_check_is_found_by_its_name(int index, int? expected)
    {
        var changed = new Input.CheckChanged(index, false, "down", TimeSpan.FromSeconds(1));
        Assert.Equal(expected is { } check ? changed with { Check = check } : null, Numbering.Translate(changed, s_before, s_after));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 0)]
    [InlineData(2, null)]
    [InlineData(9, null)]
    [InlineData(-1, null)]
    public void A_floating_IP_is_found_by_its_id(int index, int? expected)
    {
        var (before, after) = (s_before with { AddressIds = [10, 20, 30] }, s_before with { AddressIds = [20, 40, 10] });
        Input[] answers =
        [
            new Input.HolderRead(default, ApiStatus.Ok, 1, false, true, null, "") { Address = index },
            new Input.AssignAnswered(1, default, ApiStatus.Ok, true, false, 7, ActionStatus.InProgress, null, "") { Address = index },
            new Input.ActionRead(default, 7, ApiStatus.Ok, ActionStatus.Completed, null, "") { Address = index },
            new Input.MetadataRead(Witness.Here, "") { Address = index },
        ];
        foreach (var answer in answers)
            Assert.Equal(expected, Numbering.Translate(answer, before, after) switch
            {
                Input.HolderRead read => (int?)read.Address,
                Input.AssignAnswered read => read.Address,
                Input.ActionRead read => read.Address,
                Input.MetadataRead read => read.Address,
                _ => null,
            });
    }

    [Fact]
    public void What_is_about_a_node_or_check_that_is_gone_is_dropped()
    {
        Assert.Null(Numbering.Translate(new Input.AdvertHeard(0, Adverts.Simple), s_before, s_smaller));
        Assert.Null(Numbering.Translate(new Input.CheckChanged(0, true, ""), s_before, s_smaller));
        Assert.Equal(0, (Numbering.Translate(new Input.CheckChanged(1, true, ""), s_before, s_smaller) as Input.CheckChanged)?.Check);
    }

    [Fact]
    public void A_datagram_of_no_node_and_what_is_about_neither_stay_as_they_are()
    {
        Input[] inputs = [new Input.AdvertRejected(-1, Rejection.UnknownSender, "10.0.0.9"), new Input.Deadline(), new Input.GuardAnswered(true, "200")];
        Assert.All(inputs, input => Assert.Same(input, Numbering.Translate(input, s_before, s_smaller)));
    }

    /// <summary>A check of the file may have the name of one of the agent's own; they are two.</summary>
    [Fact]
    public void A_check_of_the_agent_is_not_one_of_the_file_by_the_same_name()
    {
        var own = s_before with { Checks = [new CheckWeight("site", 0, OfService: false)] };
        Assert.Null(Numbering.Translate(new Input.CheckChanged(0, true, ""), own, s_before));
    }
}
