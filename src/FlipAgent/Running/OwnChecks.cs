using System.Collections.Immutable;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;
using FlipAgent.Loop;
using FlipAgent.Reporting;

namespace FlipAgent.Running;

/// <summary>The agent's own two checks: can it send adverts, and believe them, at all (F27, F61)?</summary>
internal sealed class OwnChecks(CurrentConfig current, SecretStore secrets, Inbox inbox)
{
    private static readonly (string Name, string Kind)[] s_checks = [("adverts", "network"), ("cluster key", "secret")];

    private readonly Lock _lock = new();
    private readonly (bool Reported, string? Problem, DateTimeOffset Since)[] _verdicts = new (bool, string?, DateTimeOffset)[s_checks.Length];
    private volatile string? _networkFault;

    /// <summary>What they mean for the election; they stand behind the checks of the file.</summary>
    public static ImmutableArray<CheckWeight> Weights { get; } =
        [new(s_checks[0].Name, 0, OfService: false), new(s_checks[1].Name, 0, OfService: false, OfKey: true)];

    /// <summary>Why no advert can be sent or believed, for people; null: nothing keeps this node from it.</summary>
    public string? AdvertProblem => _networkFault ?? secrets.Current.KeyProblem;

    /// <summary>Those that are down: while they are up there is nothing to show.</summary>
    public ImmutableArray<CheckReport> Down
    {
        get
        {
            lock (_lock)
                return [.. s_checks.Zip(_verdicts, Report).OfType<CheckReport>()];

            static CheckReport? Report((string Name, string Kind) check, (bool Reported, string? Problem, DateTimeOffset Since) verdict) =>
                verdict.Problem is { } problem ? new CheckReport(check.Name, check.Kind, false, verdict.Since, problem) : null;
        }
    }

    /// <param name="fault">Why nothing can be sent any more; null: it works again.</param>
    public void OnNetworkChanged(string? fault)
    {
        lock (_lock)
        {
            if (_networkFault is null == fault is null)
                return;
            _networkFault = fault;
        }
        inbox.Put(new Input.Noticed(fault is null
            ? new Event(EventKind.NetworkRestored, Severity.Info) { Alert = true }
            : new Event(EventKind.NetworkFault, Severity.Critical) { Detail = fault }));
        Report();
    }

    /// <summary>Gives the loop the verdicts that are new: at start, after a reload, and when the network has changed.</summary>
    public void Report()
    {
        var running = current.Value;
        var keyProblem = running.Config.Nodes.Length > 1 && running.Keys is null ? secrets.Current.KeyProblem : null;
        lock (_lock)
        {
            Report(running, 0, _networkFault, "adverts are sent and heard");
            Report(running, 1, keyProblem, "the key can be read");
        }
    }

    private void Report(RunningConfig running, int which, string? problem, string well)
    {
        if (_verdicts[which].Reported && _verdicts[which].Problem == problem)
            return;
        _verdicts[which] = (true, problem, DateTimeOffset.UtcNow);
        inbox.Put(new Input.CheckChanged(running.OwnCheck(which), problem is null, problem ?? well), running.Settings);
    }
}
