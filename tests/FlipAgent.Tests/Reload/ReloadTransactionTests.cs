using System.Net.Sockets;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;
using FlipAgent.Lease;
using FlipAgent.Net;
using FlipAgent.Running;

namespace FlipAgent.Tests.Reload;

/// <summary>A reload that fails, at whatever step, leaves everything as it was; one that works exchanges everything.</summary>
public sealed class ReloadTransactionTests : IDisposable
{
    private readonly OpenedAgent _agent = new();
    private readonly RunningConfig _running;
    private readonly SecretSet _secrets;
    private readonly AdvertSocket _socket;

    public ReloadTransactionTests() =>
        (_running, _secrets, _socket) = (_agent.Parts.Current.Value, _agent.Parts.ReloadTarget.Secrets.Current, _agent.Parts.ReloadTarget.Adverts.Socket);

    public void Dispose() => _agent.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Fact]
    public async Task A_file_that_is_not_valid()
    {
        _agent.Write(_agent.NewFile + "nonsense: 1\n");
        await Fails("nonsense");
    }

    [Theory]
    [InlineData("new.key", "new.key is missing")]
    [InlineData("./token", "token is missing")]
    public async Task A_secret_that_cannot_be_read(string file, string said)
    {
        _agent.Write(_agent.NewFile.Replace(file, "away/" + Path.GetFileName(file), StringComparison.Ordinal));
        await Fails(said);
    }

    [Fact]
    public async Task A_port_that_another_program_has()
    {
        using (new UdpClient(_agent.Own(_agent.NewPort)))
        {
            _agent.Write(_agent.NewFile);
            await Fails("in use by another program");
        }
    }

    [Fact]
    public async Task A_cloud_that_cannot_be_made()
    {
        _agent.Write(_agent.NewFile);
        await Fails("no cloud", _agent.Parts.ReloadSteps with { MakeCloud = _ => throw new InvalidOperationException("no cloud") });
    }

    [Fact]
    public async Task A_lease_that_cannot_be_asked_for()
    {
        _agent.Write(WithLease(_agent.NewFile));
        await Fails("no lease", _agent.Parts.ReloadSteps with { MakeLease = (_, _) => throw new InvalidOperationException("no lease") });
    }

    [Fact]
    public async Task A_lease_that_is_made_is_put_away_when_a_later_step_fails()
    {
        LeaseWorker? made = null;
        var steps = _agent.Parts.ReloadSteps;
        _agent.Write(WithLease(_agent.NewFile));
        await Fails("no sinks", steps with
        {
            MakeLease = (config, secrets) => made = steps.MakeLease(config, secrets),
            PrepareAlerts = _ => throw new InvalidOperationException("no sinks"),
        });
        Assert.Throws<InvalidOperationException>(() => made!.Ask(new Effect.AskLease(LeaseRequest.Read, 0, 0)));
    }

    [Fact]
    public async Task A_lease_comes_stays_changes_and_goes_with_its_section()
    {
        Assert.Null(_running.Lease);
        _agent.Write(WithLease(_agent.OldFile));
        Assert.Null(await _agent.Reload());
        var first = _agent.Parts.Current.Value.Lease;
        Assert.Equal("/flipagent", first!.Config.Prefix);
        Assert.Null(await _agent.Reload());
        Assert.Same(first, _agent.Parts.Current.Value.Lease);
        _agent.Write(WithLease(_agent.OldFile, ", prefix: /other"));
        Assert.Null(await _agent.Reload());
        Assert.NotSame(first, _agent.Parts.Current.Value.Lease);
        Assert.Throws<InvalidOperationException>(() => first.Ask(new Effect.AskLease(LeaseRequest.Read, 0, 0)));
        _agent.Write(_agent.OldFile);
        Assert.Null(await _agent.Reload());
        Assert.Null(_agent.Parts.Current.Value.Lease);
    }

    private static string WithLease(string file, string more = "") =>
        file.Replace("  key_file", $"  lease: {{etcd: \"http://127.0.0.1:1\"{more}}}\n  key_file", StringComparison.Ordinal);

    [Fact]
    public async Task Checks_that_cannot_be_made()
    {
        _agent.Write(_agent.NewFile);
        await Fails("no checks", _agent.Parts.ReloadSteps with { PrepareChecks = (_, _) => throw new InvalidOperationException("no checks") });
    }

    [Fact]
    public async Task Sinks_that_cannot_be_made()
    {
        _agent.Write(_agent.NewFile);
        await Fails("no sinks", _agent.Parts.ReloadSteps with { PrepareAlerts = _ => throw new InvalidOperationException("no sinks") });
    }

    [Fact]
    public async Task A_loop_that_has_ended()
    {
        await _agent.EndLoop();
        _agent.Write(_agent.NewFile);
        await Fails("the agent is stopping");
    }

    [Fact]
    public async Task A_reload_that_works_exchanges_everything()
    {
        _agent.Write(_agent.NewFile);
        Assert.Null(await _agent.Reload());
        var target = _agent.Parts.ReloadTarget;
        Assert.NotSame(_running.Cloud, target.Current.Value.Cloud);
        Assert.Equal("new", Assert.Single(_agent.Parts.Checks.Snapshots).Name);
        Assert.Equal("new", Assert.Single(target.Current.Value.Snapshots()).Name);
        Assert.NotEqual(_running.Config.Hash, target.Counters.ConfigHash);
        Assert.True(await _agent.Hears(_agent.NewPort, _agent.NewKey));
        Assert.NotNull(await _agent.Parts.Alerts.TestAlert(null, CancellationToken.None));
        // The old port is free.
        new UdpClient(_agent.Own(_agent.OldPort)).Dispose();
    }

    [Fact]
    public async Task The_same_port_and_group_keep_the_same_socket()
    {
        _agent.Write(_agent.NewFile.Replace($"port: {_agent.NewPort}", $"port: {_agent.OldPort}", StringComparison.Ordinal));
        Assert.Null(await _agent.Reload());
        Assert.Same(_socket, _agent.Parts.ReloadTarget.Adverts.Socket);
        Assert.False(await _agent.Hears(_agent.OldPort, _agent.OldKey, TimeSpan.FromMilliseconds(200)));
        Assert.True(await _agent.Hears(_agent.OldPort, _agent.NewKey));
    }

    [Fact]
    public async Task Another_group_on_the_same_port_goes_on_with_what_is_bound()
    {
        _agent.Write(_agent.Yaml(_agent.OldPort, "old.key", 9, "/bin/true", "old", group: "239.87.0.1"));
        Assert.Null(await _agent.Reload());
        Assert.NotSame(_socket, _agent.Parts.ReloadTarget.Adverts.Socket);
        Assert.True(await _agent.Hears(_agent.OldPort, _agent.OldKey));
        _agent.Write(_agent.OldFile);
        Assert.Null(await _agent.Reload());
        Assert.True(await _agent.Hears(_agent.OldPort, _agent.OldKey));
    }

    private async Task Fails(string said, ReloadSteps? steps = null)
    {
        Assert.Contains(said, await _agent.Reload(steps), StringComparison.Ordinal);
        var target = _agent.Parts.ReloadTarget;
        Assert.Same(_running, target.Current.Value);
        Assert.Same(_secrets, target.Secrets.Current);
        Assert.Same(_socket, target.Adverts.Socket);
        Assert.Equal(_running.Config.Hash, target.Counters.ConfigHash);
        Assert.Equal("old", Assert.Single(_agent.Parts.Checks.Snapshots).Name);
        Assert.Equal("old", Assert.Single(target.Current.Value.Snapshots()).Name);
        // The old sink takes every alert, the new one none.
        Assert.Null(await _agent.Parts.Alerts.TestAlert(null, CancellationToken.None));
        Assert.True(await _agent.Hears(_agent.OldPort, _agent.OldKey));
        if (steps is not null)
            new UdpClient(_agent.Own(_agent.NewPort)).Dispose();
    }
}
