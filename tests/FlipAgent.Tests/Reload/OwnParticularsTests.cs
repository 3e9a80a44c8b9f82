using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Running;
using FlipAgent.Tests.Config;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Reload;

/// <summary>What a node says of itself to people goes out seldom, and at once when it has changed.</summary>
public sealed class OwnParticularsTests
{
    private static readonly AgentConfig s_config = Sample.Valid(Sample.Minimal, "haproxy-2");
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(1000);

    private readonly ElectionState _state = Election.Start(s_config.ToClusterSettings(), null, 1_800_000_000_000, s_now);
    private readonly CurrentConfig _current = new(new RunningConfig
    {
        Config = s_config,
        Settings = s_config.ToClusterSettings(),
        Keys = KeyRing.Parse("0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdeffedcba9876543210").Keys,
        Cloud = null!,
        Snapshots = () => [],
    });

    private readonly OwnParticulars _own;
    private Listening _listens;

    public OwnParticularsTests() => _own = new OwnParticulars(_current, () => _listens);

    [Fact]
    public void Every_page_at_once_and_then_one_in_each_fourth_advert()
    {
        _own.Look(_state);
        var pages = _own.Prints!.Pages;
        Assert.Equal(Enumerable.Range(0, pages), Said(pages).Select(said => (int)said!.Page).Order());
        Assert.Equal([true, true, true, false, true, true, true, false], Said(8).Select(said => said is null));
        // What has not changed is no reason.
        _own.Look(_state);
        Assert.Equal([true, true, true, false], Said(4).Select(said => said is null));
    }

    [Fact]
    public void What_has_changed_is_said_in_the_next_advert_with_the_time_that_is_left()
    {
        _own.Look(_state);
        Said(_own.Prints!.Pages);
        Assert.Null(Assert.Single(Said(1)));
        _listens = Listening.Arrival;
        _own.Look(_state);
        Assert.Equal((Listening.Arrival, null, ""), Of(Said(1)[0]!));
        Said(23);
        Assert.Null(_own.With(PeerAdvert.To(_state, 1) with { Maintenance = true }, s_now).Particulars);

        Election.Step(_state, new Input.Commanded(new Command.Maintenance(true, TimeSpan.FromHours(1), null) { By = "alice" }), s_now, []);
        _own.Look(_state);
        Assert.Equal((Listening.Arrival, TimeSpan.FromMinutes(50), "alice"), Of(_own.With(PeerAdvert.To(_state, 1) with { Maintenance = true }, s_now + TimeSpan.FromMinutes(10)).Particulars!));
    }

    [Fact]
    public void Another_configuration_is_said_at_once_and_without_a_cluster_key_there_are_no_prints()
    {
        _own.Look(_state);
        var before = Said(_own.Prints!.Pages).SelectMany(said => said!.Prints).ToHashSet();
        var next = Sample.Valid(Sample.Minimal.Replace("priority: 100", "priority: 90"), "haproxy-2");
        _current.Value = _current.Value with { Config = next };
        _own.Look(_state);
        Assert.Single(Said(_own.Prints!.Pages).SelectMany(said => said!.Prints).Except(before));

        _current.Value = _current.Value with { Keys = null };
        _own.Look(_state);
        var said = Said(1)[0]!;
        Assert.Equal(((byte)0, (byte)0, true), (said.KeyId, said.Pages, said.Prints.IsEmpty));
    }

    private static (Listening, TimeSpan?, string) Of(Particulars said) => (said.Listens, said.MaintenanceLeft, said.MaintenanceBy);

    private List<Particulars?> Said(int adverts) => [.. Enumerable.Range(1, adverts).Select(i => _own.With(PeerAdvert.To(_state, (uint)i), s_now).Particulars)];
}
