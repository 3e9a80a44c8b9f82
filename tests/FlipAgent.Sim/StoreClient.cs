namespace FlipAgent.Sim;

/// <summary>
/// One node's way to the store of the lease: requests take time there and back, and the client gives up after a third of the lease's time although the request may still
/// arrive. It is the shell's contract with the election: every request is answered, always.
/// </summary>
internal sealed class StoreClient(World world, SimNode node)
{
    private readonly List<Action> _heldBack = [];
    private (int Run, long Id, TimeSpan SentAt) _own;
    private long _released;

    /// <summary>What happens to this node's requests: <see cref="CloudFault.None"/>, <see cref="CloudFault.Hang"/>, <see cref="CloudFault.Failed"/> or <see cref="CloudFault.AnswerLost"/>.</summary>
    public CloudFault Fault { get; set; }

    public double FaultChance { get; set; } = 1;

    /// <summary>Longest time of one direction.</summary>
    public TimeSpan Transit { get; set; } = TimeSpan.FromMilliseconds(10);

    public void Ask(Effect.AskLease ask)
    {
        world.Referee.AsksStore(node, ask.Request, +1);
        var call = new Call(ask, node.Run, node.Clock);
        if (ask.Request == LeaseRequest.Release)
        {
            // The store may hear of it at any time from now on.
            _released = ask.LeaseId;
            if (_own.Id == _released)
                _own = default;
        }
        world.After(world.Plan.Ttl / 3, () => Answer(call, LeaseStatus.Failed, null));
        WhenRunning(call, () => Begin(call));
    }

    /// <summary>After a pause: what was about to leave leaves now, with the time in it that was read before.</summary>
    public void Resume()
    {
        var waiting = _heldBack.ToArray();
        _heldBack.Clear();
        foreach (var one in waiting)
            one();
    }

    private sealed record Call(Effect.AskLease Ask, int Run, TimeSpan AskedAt)
    {
        public bool Answered { get; set; }

        public bool GrantedAnew { get; set; }
    }

    private void Begin(Call call)
    {
        var store = world.Store!;
        switch (call.Ask.Request)
        {
            case LeaseRequest.Read:
                Send(call, store.Read, key => Answer(call, Of(key), key));
                break;
            case LeaseRequest.Renew:
                Renew(call, call.Ask.LeaseId);
                break;
            case LeaseRequest.Release:
                Send(call, () => Revoke(call.Ask.LeaseId), _ => Answer(call, LeaseStatus.Free, null));
                break;
            default:
                Acquire(call);
                break;
        }
    }

    private bool Revoke(long id)
    {
        world.Store!.Revoke(id);
        return true;
    }

    private void Acquire(Call call)
    {
        if (_own.Run == call.Run && _own.Id != 0)
        {
            Create(call, _own.Id);
            return;
        }
        if (call.Ask.LeaseId != 0)
        {
            // That of the last run, if it is still the one in the key.
            Send(call, world.Store!.Read, key =>
            {
                if (key?.Lease == call.Ask.LeaseId && call.Ask.LeaseId != _released && key.Value.Node == node.Name)
                    Renew(call, key.Value.Lease);
                else
                    Grant(call);
            });
            return;
        }
        Grant(call);
    }

    private void Grant(Call call)
    {
        var sentAt = node.Clock;
        Send(call, world.Store!.Grant, id =>
        {
            _own = (call.Run, id, sentAt);
            Create(call, id);
        });
    }

    private void Create(Call call, long id)
    {
        var fresh = node.Clock - _own.SentAt < world.Plan.Ttl / 3;
        Send(call, () => world.Store!.Create(id, node.Name, call.Ask.Term), key =>
        {
            if (key?.Lease == id && fresh)
                Answer(call, LeaseStatus.Held, key, _own.SentAt, id);
            else if (key?.Lease == id)
                Renew(call, id);
            else if (key is null && !call.GrantedAnew)
            {
                // The one that was kept had run out.
                call.GrantedAnew = true;
                Grant(call);
            }
            else if (key is null || !fresh)
                Forget(call, key);
            else
                Answer(call, Of(key), key);
        });
    }

    /// <summary>A lease that may be over is of no use to the next attempt.</summary>
    private void Forget(Call call, (long Lease, string Node, uint Term)? key)
    {
        _own = default;
        Answer(call, key is null ? LeaseStatus.Failed : Of(key), key);
    }

    private void Renew(Call call, long id)
    {
        var sentAt = node.Clock;
        Send(call, () => world.Store!.KeepAlive(id), _ => Send(call, world.Store!.Read, key =>
        {
            if (key?.Lease == id && id != _released)
                _own = (call.Run, id, sentAt);
            Answer(call, key?.Lease == id ? LeaseStatus.Held : Of(key), key, sentAt, id);
        }));
    }

    private static LeaseStatus Of((long Lease, string Node, uint Term)? key) => key is null ? LeaseStatus.Free : LeaseStatus.Other;

    private void Send<T>(Call call, Func<T> atTheStore, Action<T> answered)
    {
        var fault = Fault != CloudFault.None && node.Dice.Chance(FaultChance) ? Fault : CloudFault.None;
        if (fault == CloudFault.Hang)
            return;
        world.After(Way(), () =>
        {
            if (world.Store!.Down)
                return;
            if (fault == CloudFault.Failed)
            {
                world.After(Way(), () => Answer(call, LeaseStatus.Failed, null));
                return;
            }
            var value = atTheStore();
            if (fault != CloudFault.AnswerLost)
                world.After(Way(), () => WhenRunning(call, () => answered(value)));
        });
    }

    private void Answer(Call call, LeaseStatus status, (long Lease, string Node, uint Term)? key, TimeSpan? sentAt = null, long id = 0)
    {
        if (call.Answered || call.Run != node.Run)
            return;
        call.Answered = true;
        world.Referee.AsksStore(node, call.Ask.Request, -1);
        world.Say(node.Name, $"lease {call.Ask.Request}: {status} {key?.Node}");
        node.Take(new Input.LeaseAnswered(call.Ask.Request, sentAt ?? call.AskedAt, status, status == LeaseStatus.Failed ? "no answer" : "")
        { LeaseId = status == LeaseStatus.Held ? id : 0, Ttl = world.Plan.Ttl, Holder = key?.Node, Term = key?.Term ?? 0 }, call.Run);
    }

    /// <summary>A paused process does nothing; a call that was given up goes no further.</summary>
    private void WhenRunning(Call call, Action what)
    {
        if (call.Run != node.Run || call.Answered)
            return;
        if (node.IsPaused)
            _heldBack.Add(() => WhenRunning(call, what));
        else
            what();
    }

    private TimeSpan Way() => world.Plan.Exact ? TimeSpan.FromMilliseconds(1) : node.Dice.Between(TimeSpan.FromMilliseconds(0.2), Transit);
}
