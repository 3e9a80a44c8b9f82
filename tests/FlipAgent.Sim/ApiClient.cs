namespace FlipAgent.Sim;

/// <summary>
/// One node's way to the cloud: requests take time to arrive, answers take time back, and after 5 s the client gives up although the
/// request may still arrive. It is the shell's contract with the election: every request is answered, always.
/// </summary>
internal sealed class ApiClient(World world, SimNode node)
{
    private static readonly TimeSpan s_givesUp = TimeSpan.FromSeconds(5);
    private readonly List<(int Run, int Address, uint Term, long Droplet)> _heldBack = [];

    /// <summary>What happens to this node's requests; <see cref="CloudFault.None"/> when all is well.</summary>
    public CloudFault Fault { get; set; }

    /// <summary>Chance that <see cref="Fault"/> strikes a request.</summary>
    public double FaultChance { get; set; } = 1;

    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(29);

    /// <summary>Longest time of one direction.</summary>
    public TimeSpan Transit { get; set; } = TimeSpan.FromMilliseconds(40);

    /// <summary>False: the token cannot read droplets, so that a holder never shows.</summary>
    public bool ScopeProven { get; set; } = true;

    /// <summary>When a request was last answered 401, 403 or 429, which makes the agent wait long.</summary>
    public TimeSpan LastToldToWait { get; private set; } = Moment.Never;

    /// <summary>How many requests this node has made.</summary>
    public int Made { get; private set; }

    public void ReadHolder(int address)
    {
        Made++;
        var kind = Kind("GET", address);
        world.Referee.Requests(node, kind, +1);
        var run = node.Run;
        var sent = node.Clock;
        Request(
            _ => (world.Clouds[address].Holder, world.Clouds[address].Locked),
            (status, answer) =>
            {
                var holder = ScopeProven ? answer.Holder : null;
                world.Say(node.Name, $"{kind}: {(status == ApiStatus.Ok ? world.NameOfDroplet(holder) + (answer.Locked ? ", locked" : "") : status.ToString())}");
                return new Input.HolderRead(sent, status, holder, answer.Locked, ScopeProven, Wait(status), Reason(status)) { Address = address };
            },
            kind, run);
    }

    public void ReadAction(int address, long id)
    {
        Made++;
        var kind = Kind("action", address);
        world.Referee.Requests(node, kind, +1);
        var run = node.Run;
        var sent = node.Clock;
        Request(
            _ => world.Clouds[address].StatusOf(id),
            (status, answer) =>
            {
                var found = status == ApiStatus.Ok && answer is null ? ApiStatus.NotFound : status;
                world.Say(node.Name, $"GET action {id}: {(found == ApiStatus.Ok ? answer.ToString() : found.ToString())}");
                return new Input.ActionRead(sent, id, found, found == ApiStatus.Ok ? answer!.Value : ActionStatus.Unknown, Wait(found), Reason(found)) { Address = address };
            },
            kind, run);
    }

    public void Assign(int address, uint term, long droplet)
    {
        Made++;
        world.Referee.Requests(node, Kind("POST", address), +1);
        var run = node.Run;
        var lag = world.Plan.Exact ? world.Plan.AssignLag : node.Dice.Between(TimeSpan.Zero, world.Plan.AssignLag);
        world.After(lag, () => Post(run, address, term, droplet));
    }

    /// <summary>After a pause: what was about to leave leaves now.</summary>
    public void Resume()
    {
        var waiting = _heldBack.ToArray();
        _heldBack.Clear();
        foreach (var (run, address, term, droplet) in waiting)
            Post(run, address, term, droplet);
    }

    private void Post(int run, int address, uint term, long droplet)
    {
        var kind = Kind("POST", address);
        if (run != node.Run || node.State is null)
            return;
        if (node.IsPaused)
        {
            _heldBack.Add((run, address, term, droplet));
            return;
        }

        var (sent, leftAt) = (node.Clock, world.Now);
        if (!Election.MayAssign(node.State, term) || sent >= Election.MayAssignUntil(node.State))
        {
            world.Say(node.Name, $"{kind} assign not sent: no longer wanted");
            world.Referee.Requests(node, kind, -1);
            node.Take(new Input.AssignAnswered(term, sent, ApiStatus.Ok, false, true, 0, ActionStatus.Unknown, null, "not sent") { Address = address }, run);
            return;
        }

        world.Say(node.Name, $"{kind} assign to itself (term {term})");
        world.Referee.PostLeaves(node, address, term);
        Request(
            n => world.Clouds[address].Assign(n, droplet, leftAt),
            (status, move) =>
            {
                world.Say(node.Name, $"{kind} answered: {(status != ApiStatus.Ok ? status.ToString() : move is null ? "422" : "201")}");
                var accepted = status == ApiStatus.Ok && move is not null;
                var state = accepted ? ActionStatus.InProgress : ActionStatus.Unknown;
                var said = status == ApiStatus.Ok && !accepted ? ApiStatus.Refused : status;
                return new Input.AssignAnswered(term, sent, said, accepted, false, accepted ? move!.Id : 0, state, Wait(status), Reason(status)) { Address = address };
            },
            kind, run);
    }

    /// <summary>What is asked for the first address is called as it is, for the others with their number.</summary>
    private static string Kind(string what, int address) => address == 0 ? what : $"{what} {address + 1}";

    private void Request<T>(Func<SimNode, T> atTheCloud, Func<ApiStatus, T?, Input> answer, string kind, int run)
    {
        var fault = Fault != CloudFault.None && node.Dice.Chance(FaultChance) ? Fault : CloudFault.None;
        var answered = false;
        (RateLimit Left, TimeSpan? RetryAfter)? account = null;
        void Answer(ApiStatus status, T? value)
        {
            if (answered || run != node.Run)
                return;
            answered = true;
            if (IsRefusal(status))
                LastToldToWait = world.Now;
            world.Referee.Requests(node, kind, -1);
            node.Take(account is { } told ? Tell(answer(status, value), told.Left, told.RetryAfter) : answer(status, value), run);
        }

        world.After(s_givesUp, () => Answer(ApiStatus.Failed, default));
        if (fault == CloudFault.Hang)
            return;
        world.After(Way(), () =>
        {
            // What arrives after all faults have ended is answered well; what was refused before may still be on its way back.
            if (IsRefusal(StatusOf(fault)) && world.Healed)
                fault = CloudFault.None;
            account = world.Account?.Take(world.Now);
            if (account is { RetryAfter: not null })
                fault = CloudFault.RateLimited;
            if (IsRefusal(StatusOf(fault)))
                LastToldToWait = world.Now;
            var value = fault is CloudFault.None or CloudFault.AnswerLost ? atTheCloud(node) : default;
            if (fault == CloudFault.AnswerLost)
                return;
            world.After(Way(), () => Answer(StatusOf(fault), value));
        });
    }

    private static Input Tell(Input answer, RateLimit left, TimeSpan? retryAfter) => answer switch
    {
        Input.HolderRead read => read with { Left = left, RetryAfter = retryAfter },
        Input.ActionRead read => read with { Left = left, RetryAfter = retryAfter },
        Input.AssignAnswered assign => assign with { Left = left, RetryAfter = retryAfter },
        _ => answer,
    };

    private TimeSpan Way() => world.Plan.Exact ? TimeSpan.FromMilliseconds(10) : node.Dice.Between(TimeSpan.FromMilliseconds(5), Transit);

    private TimeSpan? Wait(ApiStatus status) => status == ApiStatus.RateLimited ? RetryAfter : null;

    private static bool IsRefusal(ApiStatus status) => status is ApiStatus.Unauthorized or ApiStatus.Forbidden or ApiStatus.RateLimited;

    private static string Reason(ApiStatus status) => status == ApiStatus.Ok ? "" : status.ToString();

    private static ApiStatus StatusOf(CloudFault fault) => fault switch
    {
        CloudFault.Unauthorized => ApiStatus.Unauthorized,
        CloudFault.Forbidden => ApiStatus.Forbidden,
        CloudFault.RateLimited => ApiStatus.RateLimited,
        CloudFault.Failed => ApiStatus.Failed,
        _ => ApiStatus.Ok,
    };
}
