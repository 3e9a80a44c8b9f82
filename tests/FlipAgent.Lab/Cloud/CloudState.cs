using System.Net;

namespace FlipAgent.Lab.Cloud;

/// <summary>
/// What is true in the stand-in cloud, and the only place where it changes. Every request takes the one lock; a change that takes time is a timer that
/// takes it later.
/// </summary>
internal sealed class CloudState(LabOptions options, LabKnobs knobs, LabHistory history, CancellationToken stopping)
{
    private readonly Lock _desk = new();
    private readonly Dictionary<long, Droplet> _droplets = options.Droplets.ToDictionary(d => d.Id, d => new Droplet(d));
    private readonly List<FloatingIp> _ips = [.. options.FloatingIps.Select(f =>
        new FloatingIp(f.Address, f.Region) { Holder = f.DropletId, TrafficTo = f.DropletId, MetadataSays = f.DropletId })];
    private readonly List<CloudAction> _actions = [];
    private long _nextAction = 1492489780;
    private int _nextAddress = 1;

    /// <summary>Packets for this address now go to another droplet, or to none. Called outside the lock.</summary>
    public Action<FloatingIp, Droplet?> TrafficMoved { get; set; } = (_, _) => { };

    /// <summary>Reads something that must be one moment.</summary>
    public T Look<T>(Func<T> look)
    {
        lock (_desk)
        {
            return look();
        }
    }

    public IReadOnlyList<FloatingIp> Ips => Look(() => _ips.ToList());

    public IReadOnlyList<Droplet> Droplets => Look(() => _droplets.Values.OrderBy(d => d.Id).ToList());

    public FloatingIp? Ip(IPAddress address) => Look(() => _ips.Find(i => i.Address.Equals(address)));

    public Droplet? Droplet(long? id) => Look(() => id is { } known ? _droplets.GetValueOrDefault(known) : null);

    public CloudAction? Action(long id) => Look(() => _actions.Find(a => a.Id == id));

    /// <summary>Newest first, as the API lists them.</summary>
    public IReadOnlyList<CloudAction> Actions(Func<CloudAction, bool> which) => Look(() => _actions.Where(which).Reverse().ToList());

    /// <summary>Busy: an event of its own, or an action that is under way for it. Only inside <see cref="Look"/> or the desk's own methods.</summary>
    public bool IsBusy(Droplet droplet) =>
        droplet.BusyUntil > DateTimeOffset.UtcNow || _ips.Exists(i => i.Pending is { Type: "assign_ip" } p && p.DropletId == droplet.Id);

    /// <param name="hetzner">Asked by the API of Hetzner Cloud, which has other rules.</param>
    public (Refusal?, CloudAction?) Assign(FloatingIp ip, long dropletId, ActionFlaw flaw, string who, bool hetzner = false)
    {
        lock (_desk)
        {
            return (hetzner ? WhyNotAtHetzner(ip, dropletId) : WhyNotAssign(ip, dropletId)) is { } refusal
                ? (refusal, null)
                : (null, Begin("assign_ip", ip, dropletId, flaw, knobs.AssignLatency, who));
        }
    }

    public (Refusal?, CloudAction?) Unassign(FloatingIp ip, ActionFlaw flaw, string who, bool hetzner = false)
    {
        lock (_desk)
        {
            return ip.Pending is not null ? (hetzner ? Locked("floating IP") : Refusal.IpPending, null)
                : ip.Holder is null ? (Refusal.Unprocessable(options.Texts.NotAssigned), null)
                : (null, Begin("unassign_ip", ip, ip.Holder, flaw, knobs.UnassignLatency, who));
        }
    }

    /// <summary>A new address, in a region or at once on its way to a droplet.</summary>
    public (Refusal?, FloatingIp?, CloudAction?) Create(bool v6, string? region, long? dropletId, string who)
    {
        lock (_desk)
        {
            var droplet = dropletId is { } id ? _droplets.GetValueOrDefault(id) : null;
            if (dropletId is not null && region is not null)
            {
                return (Refusal.BothGiven, null, null);
            }

            if (dropletId is not null && droplet is null)
            {
                return (Refusal.NotFound, null, null);
            }

            var number = _nextAddress++;
            var address = v6 ? IPAddress.Parse($"2001:db8::{number:x}") : new IPAddress([198, 51, 100, (byte)number]);
            var ip = new FloatingIp(address, region ?? droplet!.Region);
            if (droplet is not null && WhyNotAssign(ip, droplet.Id) is { } refusal)
            {
                return (refusal, null, null);
            }

            _ips.Add(ip);
            var action = droplet is null ? null : Begin("assign_ip", ip, droplet.Id, ActionFlaw.None, knobs.AssignLatency, who);
            return (null, ip, action);
        }
    }

    /// <summary>Deleting an assigned address only takes it from its droplet; the second call deletes it.</summary>
    public Refusal? Delete(FloatingIp ip, string who)
    {
        lock (_desk)
        {
            if (ip.Pending is not null)
            {
                return Refusal.IpPending;
            }

            if (ip.Holder is null)
            {
                _ips.Remove(ip);
            }
            else
            {
                SetHolder(ip, null, who);
            }

            return null;
        }
    }

    /// <summary>Ends an action now: the alarm clock rang, or a test plays the cloud.</summary>
    public void Finish(CloudAction action, bool errored)
    {
        lock (_desk)
        {
            if (action.CompletedAt is not null)
            {
                return;
            }

            action.CompletedAt = DateTimeOffset.UtcNow;
            action.Status = errored ? "errored" : action.Flaw == ActionFlaw.SaysDone ? "done" : "completed";
            action.Ip.Pending = null;
            Note(action, $"{action.Type} of {action.Ip.Address} {action.Status}");
            if (!errored)
            {
                SetHolder(action.Ip, action.Type == "assign_ip" ? action.DropletId : null, $"action {action.Id}");
            }
        }
    }

    /// <summary>Moves the address in one instant, as if it had always been so: an operator's hand, or a test's.</summary>
    public void Move(FloatingIp ip, long? dropletId, string who)
    {
        lock (_desk)
        {
            SetHolder(ip, dropletId, who);
        }
    }

    /// <summary>Destroys a droplet; its addresses survive and point at nobody.</summary>
    public void Destroy(long dropletId)
    {
        lock (_desk)
        {
            _droplets.Remove(dropletId);
            foreach (var ip in _ips.Where(i => i.Holder == dropletId))
            {
                SetHolder(ip, null, $"droplet {dropletId} was destroyed");
            }
        }
    }

    private Refusal? WhyNotAssign(FloatingIp ip, long dropletId) =>
        ip.Pending is not null ? Refusal.IpPending
        : !_droplets.TryGetValue(dropletId, out var droplet) ? Refusal.NotFound
        : IsBusy(droplet) ? Refusal.DropletPending
        : ip.Holder == dropletId ? Refusal.Unprocessable(options.Texts.AlreadyHere)
        : droplet.Region != ip.Region ? Refusal.Unprocessable(options.Texts.OtherRegion)
        : !droplet.On ? Refusal.Unprocessable(options.Texts.DropletOff)
        : _ips.Exists(other => other != ip && other.V6 == ip.V6 && other.Holder == dropletId) ? Refusal.Unprocessable(options.Texts.HoldsAnother)
        : null;

    private static Refusal Locked(string what) => new(423, "locked", $"{what} is locked");

    /// <summary>A server may hold many, in any location, on or off.</summary>
    private Refusal? WhyNotAtHetzner(FloatingIp ip, long server) =>
        !_droplets.TryGetValue(server, out var known) ? new(404, "not_found", $"server with ID '{server}' not found")
        : ip.Pending is not null ? Locked("floating IP")
        : IsBusy(known) ? Locked("server")
        : ip.Holder == server ? new(422, "floating_ip_assigned", "The Floating IP is already assigned")
        : null;

    private CloudAction Begin(string type, FloatingIp ip, long? droplet, ActionFlaw flaw, TimeSpan latency, string who)
    {
        var action = new CloudAction(_nextAction++, type, ip, droplet, flaw);
        _actions.Add(action);
        ip.Pending = action;
        Note(action, $"{type} of {ip.Address} in-progress, asked by {who}");
        if (flaw != ActionFlaw.Stuck)
        {
            Later(latency, () => Finish(action, errored: flaw == ActionFlaw.Errored));
        }

        return action;
    }

    private void SetHolder(FloatingIp ip, long? to, string who)
    {
        var from = ip.Holder;
        ip.Holder = to;
        history.Add(new("holder", $"{ip.Address} moved from {Name(from)} to {Name(to)} by {who}")
        {
            Ip = $"{ip.Address}",
            DropletId = to,
            FromDropletId = from,
        });
        Later(knobs.MetadataLag, () => Look(() => ip.MetadataSays = to));
        Later(knobs.DataPlaneLag, () => MoveTraffic(ip, to));
    }

    private void MoveTraffic(FloatingIp ip, long? to)
    {
        var droplet = Look(() =>
        {
            ip.TrafficTo = to;
            history.Add(new("traffic", $"traffic for {ip.Address} goes to {Name(to)}") { Ip = $"{ip.Address}", DropletId = to });
            return to is { } id ? _droplets.GetValueOrDefault(id) : null;
        });
        TrafficMoved(ip, droplet);
    }

    private void Note(CloudAction action, string text) =>
        history.Add(new("action", text) { Ip = $"{action.Ip.Address}", DropletId = action.DropletId, ActionId = action.Id });

    private string Name(long? id) =>
        id is not { } known ? "nobody" : _droplets.TryGetValue(known, out var droplet) ? droplet.Name : $"droplet {known}";

    /// <summary>Never runs <paramref name="what"/> on the caller's stack, so it may be called with the lock held.</summary>
    private void Later(TimeSpan delay, Action what) => _ = Task.Delay(delay, stopping).ContinueWith(
        _ => what(),
        stopping,
        TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.RunContinuationsAsynchronously,
        TaskScheduler.Default);
}
