namespace FlipAgent.Core;

/// <summary>
/// What this node is in the election: its role and the term. The role is changed by the rules alone; taking in an input may raise the term of a node that is not master.
/// Always true: the term never goes back (<see cref="Terms"/>); a master's term is its own, everybody else's is the highest one known.
/// </summary>
public sealed class Standing
{
    internal Standing(uint term, TimeSpan now) => (Term, Since) = (term, now);

    /// <summary>What this node is.</summary>
    public Role Role { get; private set; } = Role.Starting;

    /// <summary>When the role was taken.</summary>
    public TimeSpan Since { get; private set; }

    /// <summary>The highest term known; a master's own. 0: none yet.</summary>
    public uint Term { get; private set; }

    /// <summary>The highest term that a master was told of. Above <see cref="Term"/> only until the rules have acted on it (E7), which a quarantine delays (E10).</summary>
    public uint TermHeard { get; private set; }

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    internal bool IsMaster => Role == Role.Master;

    /// <summary>Somebody speaks of this term.</summary>
    internal void HearTerm(uint term)
    {
        if (IsMaster)
            TermHeard = Terms.Latest(TermHeard, term);
        else if (Terms.IsLater(term, Term))
            (Term, Revision) = (term, Revision + 1);
    }

    /// <summary>A master's term rises: it goes on with it, or is about to yield to it.</summary>
    internal void RaiseTerm(uint term) => (Term, Revision) = (Terms.Latest(Term, term), Revision + 1);

    internal void BecomeMaster(TimeSpan now) => (Role, Since, Term, Revision) = (Role.Master, now, Terms.Next(Term), Revision + 1);

    /// <summary>Master of the term of the last run again (E11). The term must be at least the highest one known.</summary>
    internal void ResumeMaster(uint term, TimeSpan now) => (Role, Since, Term, Revision) = (Role.Master, now, Terms.Latest(Term, term), Revision + 1);

    /// <summary>Any role but master.</summary>
    internal void Become(Role role, TimeSpan now)
    {
        if (IsMaster)
            (Term, TermHeard) = (Terms.Latest(Term, TermHeard), 0);
        (Role, Since, Revision) = (role, now, Revision + 1);
    }
}
