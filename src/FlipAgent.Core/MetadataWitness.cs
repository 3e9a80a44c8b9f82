namespace FlipAgent.Core;

/// <summary>
/// The metadata service of this machine as a witness of who holds the floating IP: free, asked every 2 s, a few seconds behind. It never confirms a claim: it
/// makes the node look at the API again (rule C6), and can delay the confirmation (F41). Only a run that resumes takes its word that the address is here (rule E11).
/// </summary>
public sealed class MetadataWitness
{
    /// <summary>What it said last.</summary>
    public Witness Says { get; private set; }

    /// <summary>When it said so last.</summary>
    internal TimeSpan At { get; private set; } = Moment.Never;

    /// <summary>Since when it says so.</summary>
    internal TimeSpan Since { get; private set; } = Moment.Never;

    /// <summary>That it contradicts the API was announced in this mastership.</summary>
    internal bool DisagreementAnnounced { get; private set; }

    /// <returns>True when it says something else than before.</returns>
    internal bool Take(Witness says, TimeSpan now)
    {
        var changed = Says != says;
        (Says, At) = (says, now);
        if (changed)
            Since = now;
        return changed;
    }

    internal void AnnounceDisagreement() => DisagreementAnnounced = true;

    internal void NewMastership() => DisagreementAnnounced = false;
}
