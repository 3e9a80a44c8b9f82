using FlipAgent.Core;

namespace FlipAgent.Cloud;

/// <summary>
/// Does what the core asks of the cloud and of the service behind the floating IP, and posts the answers back. Like an office with one desk for
/// each kind of errand: reading the holder, reading an action, assigning, probing the guard. A desk that waits for an answer keeps no other
/// waiting, so a read that hangs never delays the write. Every method returns at once, and every errand is answered, always, in about 5 s at
/// most (the guard's in its own time-out).
/// </summary>
public sealed class CloudWorker : IDisposable
{
    // The client ends in 5 s by itself; this is for a process whose thread pool stands still.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5.2);

    private readonly Lane _holderLane = new("cloud holder");
    private readonly Lane _actionLane = new("cloud action");
    private readonly Lane _assignLane = new("cloud assign");
    private readonly Lane _guardLane = new("guard");
    private readonly DigitalOceanClient _client;
    private readonly long _ownDroplet;
    private readonly GuardProbe? _guard;
    private readonly Func<uint, bool> _mayStill;
    private readonly Action<Input> _post;
    private readonly Func<TimeSpan> _now;

    /// <param name="ownDroplet">Whom the IP is assigned to.</param>
    /// <param name="guard">Null: the guard is off.</param>
    /// <param name="mayStill">Rule C1: may the assign of this term still be sent? Called on other threads than the loop's, so it must read a published value.</param>
    /// <param name="post">Takes the answers; called from the worker's threads.</param>
    /// <param name="now">The monotonic clock of the loop.</param>
    public CloudWorker(
        DigitalOceanClient client, long ownDroplet, GuardProbe? guard, Func<uint, bool> mayStill, Action<Input> post, Func<TimeSpan> now)
    {
        _client = client;
        _ownDroplet = ownDroplet;
        _guard = guard;
        _mayStill = mayStill;
        _post = post;
        _now = now;
    }

    /// <summary>Answered by <see cref="Input.HolderRead"/>.</summary>
    public void ReadHolder() => _holderLane.Do(() =>
    {
        var started = _now();
        _post(Await(_client.ReadHolder())
            ?? new Input.HolderRead(started, ApiStatus.Failed, null, Locked: false, ScopeProven: false, null, Starved));
    });

    /// <summary>Answered by <see cref="Input.ActionRead"/>.</summary>
    public void ReadAction(long actionId) => _actionLane.Do(() =>
    {
        var started = _now();
        _post(Await(_client.ReadAction(actionId))
            ?? new Input.ActionRead(started, actionId, ApiStatus.Failed, ActionStatus.Unknown, null, Starved));
    });

    /// <summary>Answered by <see cref="Input.AssignAnswered"/>. Sent at most once, and not at all once it was answered.</summary>
    public void Assign(uint term) => _assignLane.Do(() =>
    {
        var started = _now();
        var given = new GivenUp();
        var answer = Await(_client.Assign(term, _ownDroplet, () => !given.Up && _mayStill(term)));
        given.Up = true;
        _post(answer
            ?? new Input.AssignAnswered(term, started, ApiStatus.Failed, Accepted: false, NotSent: false, 0, ActionStatus.Unknown, null, Starved));
    });

    /// <summary>Answered by <see cref="Input.GuardAnswered"/>. Only when there is a guard.</summary>
    public void ProbeGuard()
    {
        var guard = _guard ?? throw new InvalidOperationException("the guard is off");
        _guardLane.Do(() => _post(guard.Probe()));
    }

    /// <summary>Takes no more errands; those under way are still answered. Does not wait, and leaves the client to its owner.</summary>
    public void Dispose()
    {
        _holderLane.Dispose();
        _actionLane.Dispose();
        _assignLane.Dispose();
        _guardLane.Dispose();
    }

    private const string Starved = "no answer in time: the process is starved";

    private static T? Await<T>(Task<T> task)
        where T : Input => task.Wait(Patience) ? task.Result : null;

    private sealed class GivenUp
    {
        private volatile bool _up;

        public bool Up
        {
            get => _up;
            set => _up = value;
        }
    }
}
