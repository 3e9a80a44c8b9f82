namespace FlipAgent.Core;

/// <summary>Where a master is with getting the floating IP (`claim` in the status).</summary>
public enum ClaimState
{
    /// <summary>Not master.</summary>
    None,
    /// <summary>Master, and at work on getting the floating IP, or on seeing that it is here.</summary>
    Claiming,
    /// <summary>The floating IP was seen here.</summary>
    Held,
    /// <summary>It was here and left, or it is left where it is: at a server that is no node (E8c), or at a fit node while the budget of moves is spent (C8).</summary>
    Lost,
}

/// <summary>
/// A master's work to get one floating IP (rules C1 to C8). Always true: there is a claim exactly while this node is master; it is held only while no lookup since
/// <see cref="LookupsCountFrom"/> shows another holder. There may be no such lookup yet: a peer had seen the address here and this node cannot reach the API (E8a).
/// </summary>
public sealed class Claim
{
    internal AssignRequest Assign { get; } = new();

    internal CloudAction Action { get; } = new();

    /// <summary>How far it is.</summary>
    public ClaimState State { get; private set; }

    /// <summary>What the cloud said of the last assign that was not taken; null: none was refused.</summary>
    public string? Refusal => Assign.Refusal;

    /// <summary>Since when it claims, or since when the address has left.</summary>
    internal TimeSpan Since { get; private set; } = Moment.Never;

    /// <summary>Since when it claims this time, for people: as <see cref="Since"/>, but anew when an address that was seen here is not any more.</summary>
    internal TimeSpan ToldSince { get; private set; } = Moment.Never;

    /// <summary>The mastership was planned: it claims first, though the address is at a fit node (rule E8a).</summary>
    internal bool Planned { get; private set; }

    /// <summary>A person overrode the rule that holds claims back (promote --yes).</summary>
    internal bool Override { get; private set; }

    /// <summary>The first assign needs no lookup: this node is a named successor, or has just looked in the inquiry that made it master (rule C2).</summary>
    internal bool AssignFirst { get; private set; }

    /// <summary>Only lookups that were sent from then on say something of this claim.</summary>
    internal TimeSpan LookupsCountFrom { get; private set; } = Moment.Never;

    /// <summary>That it takes long was announced.</summary>
    internal bool SlowAnnounced { get; private set; }

    /// <summary>Who had the address, for people.</summary>
    internal string MoveFrom { get; private set; } = "";

    /// <summary>Why this node claims; says nothing before the first mastership.</summary>
    internal Cause MoveCause { get; private set; } = new Cause.NoMaster();

    /// <summary>The node that the address was moved away from, for rule C10; <see cref="NodeId.None"/>: this claim moved nothing away from a node.</summary>
    internal uint FormerHolder { get; private set; }

    /// <summary>Since when that node was known to have it.</summary>
    internal TimeSpan FormerSince { get; private set; } = Moment.Never;

    /// <summary>Since when the address was seen here; says nothing while the claim is not held.</summary>
    internal TimeSpan HeldSince { get; private set; } = Moment.Never;

    /// <summary>The move may be taken back (rule C10): it is not one that takes back another, and no person overrode a rule for it.</summary>
    internal bool MayTakeBack { get; private set; }

    /// <summary>From the fault to the promotion.</summary>
    internal TimeSpan MoveDetect { get; private set; }

    /// <summary>Nothing of this node's own is open at the cloud.</summary>
    internal bool IsIdle => !Assign.InFlight && !Action.IsOpen;

    internal bool IsHeld => State == ClaimState.Held;

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    /// <summary>This node became master.</summary>
    internal void Begin(bool assignFirst, bool planned, bool overrides, bool takenBack, string from, Cause cause, TimeSpan detect, TimeSpan now)
    {
        (State, Since, ToldSince, LookupsCountFrom, SlowAnnounced) = (ClaimState.Claiming, now, now, now, false);
        (AssignFirst, Planned, Override) = (assignFirst, planned, overrides);
        (MoveFrom, MoveCause, MoveDetect) = (from, cause, detect);
        (FormerHolder, MayTakeBack) = (NodeId.None, !takenBack && !overrides);
        Assign.NewMastership(now);
        Action.ForgetCompleted();
        Revision++;
    }

    /// <summary>This node is no longer master. A request that is in flight is answered all the same.</summary>
    internal void End()
    {
        (State, Planned, Override, AssignFirst) = (ClaimState.None, false, false, false);
        Action.Close();
        Assign.EndMastership();
        Revision++;
    }

    /// <summary>A person wants the address here, wherever it is.</summary>
    internal void Order(TimeSpan now) => (Override, Planned, MayTakeBack, Since, ToldSince) = (true, true, false, now, now);

    /// <summary>A person promoted this node.</summary>
    internal void Overrule() => (Override, MayTakeBack) = (true, false);

    /// <summary>The address is elsewhere, and this node works on it.</summary>
    internal void Contest() => State = ClaimState.Claiming;

    /// <summary>The API says done, the free witness does not: not verified yet (F41).</summary>
    internal void Unverify(TimeSpan now) => (State, ToldSince, SlowAnnounced) = (ClaimState.Claiming, now, false);

    /// <summary>The address is where nobody claims it from (rule E8c), or where it stays for a while (rule C8). When that ends, the claim begins.</summary>
    internal void LeaveThere(TimeSpan now) => (State, Since, ToldSince) = (ClaimState.Lost, now, now);

    internal void LookFirst() => AssignFirst = false;

    /// <summary>The answer to a request changed the world: only a lookup from now on counts.</summary>
    internal void CountLookupsFrom(TimeSpan now) => LookupsCountFrom = now;

    internal void AnnounceSlow() => SlowAnnounced = true;

    /// <param name="from">Who has the address; null: not known.</param>
    /// <param name="holder">The node that has it, or <see cref="NodeId.None"/>.</param>
    /// <param name="holderSince">Since when it is known to.</param>
    internal void Post(string? from, uint holder, TimeSpan holderSince, TimeSpan now)
    {
        // The same move is asked for again when the first request failed.
        if (holder != NodeId.None)
            (FormerHolder, FormerSince) = (holder, holderSince);
        Assign.Send(now);
        Action.ForgetCompleted();
        AssignFirst = false;
        MoveFrom = from ?? MoveFrom;
        Revision++;
    }

    /// <summary>The assign was answered, or was not sent.</summary>
    internal void Answered()
    {
        Assign.Answered();
        Revision++;
    }

    internal void Hold(TimeSpan now)
    {
        HeldSince = now;
        (State, Planned, Override, AssignFirst) = (ClaimState.Held, false, false, false);
        Assign.Succeeded();
        Revision++;
    }

    /// <summary>The address was here and is not any more.</summary>
    internal void Lose(string to, TimeSpan now)
    {
        (State, Since, ToldSince, SlowAnnounced) = (ClaimState.Lost, now, now, false);
        FormerHolder = NodeId.None;
        (MoveFrom, MoveCause, MoveDetect) = (to, new Cause.AddressLeft(), TimeSpan.Zero);
        Assign.ForgetFailures();
        Action.ForgetCompleted();
    }
}
