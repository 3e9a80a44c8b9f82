using System.Collections.Immutable;
using System.Net;
using FlipAgent.Cloud.Api;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Cloud;

/// <summary>
/// Asks the metadata service every 2 s for as long as the agent runs, and at once when asked to. The answer never decides anything by itself (rule C6). A service that is no
/// witness only says which server this is, and is asked each minute.
/// </summary>
public sealed class MetadataWatch : IDisposable
{
    private const int FirstLooks = 10;
    private const int LaterLooks = 5;

    private static readonly TimeSpan s_usually = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_seldom = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Bell _now = new();
    private readonly SupervisedPart _part;
    private readonly IMachineMetadata _service;
    private readonly ImmutableArray<IPAddress> _addresses;
    private readonly Action<Input> _post;
    private readonly TimeSpan _every;
    private int _looks;

    /// <param name="addresses">The floating IPs, the leading one first.</param>
    /// <param name="post">Takes each answer; called from threads of looks.</param>
    public MetadataWatch(IMachineMetadata service, ImmutableArray<IPAddress> addresses, Action<Input> post, Supervisor? supervisor = null)
        : this(service, addresses, post, s_usually, supervisor)
    {
    }

    internal MetadataWatch(IMachineMetadata service, ImmutableArray<IPAddress> addresses, Action<Input> post, TimeSpan every, Supervisor? supervisor = null)
    {
        _part = (supervisor ?? Supervisor.Silent).Part("watch of the metadata service");
        _service = service;
        _addresses = addresses;
        _post = post;
        _every = every;
        LookThreads.Own.Reserve(1);
        _ = Task.Run(() => _part.Keep(Look, _stop.Token));
    }

    /// <summary>For how long an answer is fresh.</summary>
    public TimeSpan StaleAfter => _service.IsWitness ? 5 * s_usually : 3 * s_seldom;

    /// <summary>Ask at once instead of at the next turn: after a heal, a stall or an accepted assign. Returns at once.</summary>
    public void Nudge() => _now.Ring();

    /// <summary>Stops asking; leaves the service to its owner.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _now.Ring();
        LookThreads.Own.Reserve(-1);
    }

    private async Task Look()
    {
        var outOfTurn = _now.Quiet() || _looks == 0;
        var isStart = _looks < FirstLooks;
        for (var i = 0; i < _addresses.Length; i++)
        {
            var address = _addresses[i];
            var read = await _part.Run(() => _service.ReadOnce(address), e => new Input.MetadataRead(Witness.Unknown, SupervisedPart.Describe(e))).ConfigureAwait(false);
            _stop.Token.ThrowIfCancellationRequested();
            // Which server this is changes with the file at most, so it is asked often at the start only. A service that does not answer is not asked twice.
            if (i == 0 && (read.Witness != Witness.Unknown || !_service.IsWitness) && (isStart || !_service.IsWitness || _looks % LaterLooks == 0))
                read = read with { DropletId = await _part.Run(_service.ReadId, _ => (long?)null).ConfigureAwait(false) };
            _stop.Token.ThrowIfCancellationRequested();
            _post(read with { Address = i });
        }
        _looks++;
        var pause = _service.IsWitness || isStart ? _every : s_seldom;
        // After the start, or a question out of turn, the next one goes with whatever wakes the agent in the second half of the pause, and stays with it.
        await _now.Wait(pause, outOfTurn ? pause / 2 : Bell.Unseen(pause)).ConfigureAwait(false);
    }
}
