using System.Collections.Immutable;
using System.Net;
using FlipAgent.Cloud.Api;
using FlipAgent.Core;
using FlipAgent.Supervision;

namespace FlipAgent.Cloud;

/// <summary>
/// Does what the core asks of the cloud and of the service behind the floating IP, and posts the answers back. Each kind of request has a lane: reading
/// the holder, reading an action, assigning, probing the guard. A lane that waits for an answer keeps no other waiting, so a read that hangs never delays
/// the write. Every method returns at once, and every request is answered, always, in about 5 s at most (the guard's in its own timeout).
/// </summary>
public sealed class CloudWorker : IDisposable
{
    // The provider ends in 5 s by itself; this is for a process whose thread pool stands still.
    private static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(5.2);

    private readonly Lane _holderLane;
    private readonly Lane _actionLane;
    private readonly Lane _assignLane;
    private readonly Lane _guardLane;
    private readonly Lane _inquiryLane;
    private readonly IFloatingIpProvider _provider;
    private readonly ImmutableArray<IPAddress> _addresses;
    private readonly GuardProbe? _guard;
    private readonly Func<uint, uint, bool> _mayStill;
    private readonly Action<Input> _post;
    private readonly Func<TimeSpan> _now;

    /// <param name="addresses">The floating IPs, the leading one first; each has its own thread in the lanes, so that none waits for another.</param>
    /// <param name="guard">Null: the guard is off.</param>
    /// <param name="mayStill">Rule C1: may the assign of this term, for the floating IP with this id, still be sent? Called on other threads than the loop's, so it must read a published value.</param>
    /// <param name="post">Takes the answers; called from the worker's threads.</param>
    /// <param name="now">The monotonic clock of the loop.</param>
    public CloudWorker(
        IFloatingIpProvider provider, ImmutableArray<IPAddress> addresses, GuardProbe? guard, Func<uint, uint, bool> mayStill, Action<Input> post, Func<TimeSpan> now,
        Supervisor? supervisor = null)
    {
        supervisor ??= Supervisor.Silent;
        _holderLane = new Lane("cloud holder", supervisor, addresses.Length);
        _actionLane = new Lane("cloud action", supervisor, addresses.Length);
        _assignLane = new Lane("cloud assign", supervisor, addresses.Length);
        _guardLane = new Lane("guard", supervisor);
        _inquiryLane = new Lane("guard inquiry", supervisor, width: Inquiry.MostProbes);
        _provider = provider;
        _addresses = addresses;
        _guard = guard;
        _mayStill = mayStill;
        _post = post;
        _now = now;
    }

    /// <summary>Answered by <see cref="Input.HolderRead"/>.</summary>
    /// <param name="address">Which of the floating IPs; likewise in the other methods.</param>
    public void ReadHolder(int address) => _holderLane.Do(() =>
    {
        var started = _now();
        Input.HolderRead Failed(string why) => new(started, ApiStatus.Failed, null, Locked: false, ScopeProven: false, null, why);
        _post(_holderLane.Part.Run(() => Await(_provider.ReadHolder(_addresses[address])) ?? Failed(Starved), e => Failed(Broken(e))) with { Address = address });
    });

    /// <summary>Answered by <see cref="Input.ActionRead"/>.</summary>
    public void ReadAction(int address, long actionId) => _actionLane.Do(() =>
    {
        var started = _now();
        Input.ActionRead Failed(string why) => new(started, actionId, ApiStatus.Failed, ActionStatus.Unknown, null, why);
        _post(_actionLane.Part.Run(() => Await(_provider.ReadAction(_addresses[address], actionId)) ?? Failed(Starved), e => Failed(Broken(e))) with { Address = address });
    });

    /// <summary>Answered by <see cref="Input.AssignAnswered"/>. Sent at most once, and not at all once it was answered.</summary>
    /// <param name="server">Whom the floating IP is assigned to.</param>
    public void Assign(int address, uint term, long server) => _assignLane.Do(() =>
    {
        var started = _now();
        var given = new GivenUp();
        // Not sent, or sent with no answer: the core looks at the floating IP to know (rule C3).
        Input.AssignAnswered Failed(string why) => new(term, started, ApiStatus.Failed, Accepted: false, NotSent: false, 0, ActionStatus.Unknown, null, why);
        var answer = _assignLane.Part.Run(
            () => Await(_provider.Assign(_addresses[address], server, term, () => !given.Up && _mayStill(term, AddressId.Of(_addresses[address])))) ?? Failed(Starved), e => Failed(Broken(e)));
        given.Up = true;
        _post(answer with { Address = address });
    });

    /// <summary>Answered by <see cref="Input.GuardAnswered"/>. Only when there is a guard.</summary>
    /// <param name="number">0: the guard's own probe; above: that of an inquiry, which waits for none of the others.</param>
    public void ProbeGuard(int number)
    {
        var guard = _guard ?? throw new InvalidOperationException("the guard is off");
        var lane = number == 0 ? _guardLane : _inquiryLane;
        lane.Do(() => _post(lane.Part.Run(guard.Probe, e => new Input.GuardAnswered(false, Broken(e))) with { Number = number }));
    }

    /// <summary>Takes no more errands; those under way are still answered. Does not wait, and leaves the provider to its owner.</summary>
    public void Dispose()
    {
        _holderLane.Dispose();
        _actionLane.Dispose();
        _assignLane.Dispose();
        _guardLane.Dispose();
        _inquiryLane.Dispose();
    }

    private const string Starved = "no answer in time: the process is starved";

    private static string Broken(Exception e) => $"failed inside the agent: {SupervisedPart.Describe(e)}";

    private static T? Await<T>(Task<T> task)
        where T : Input => task.Wait(s_answerTimeout) ? task.Result : null;

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
