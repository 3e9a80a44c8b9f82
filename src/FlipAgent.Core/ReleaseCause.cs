using System.Text;

namespace FlipAgent.Core;

/// <summary>
/// The cause of a release as the wire carries it (docs/wire.md): a phrase of at most 48 bytes of UTF-8. Agents of other versions show it to people, and the drill looks
/// for <see cref="FlapHold"/>, so the phrases are part of the protocol.
/// </summary>
public static class ReleaseCause
{
    /// <summary>The master handed the mastership back because too many moves were counted (rule C8).</summary>
    public const string FlapHold = "flap-hold";

    private const string AsBefore = "as before the restart";

    /// <summary>The whole phrase.</summary>
    public static string Phrase(Cause.OfRelease cause) => cause switch
    {
        Cause.NoVerdict => "no check has answered yet",
        Cause.Unanswered c => $"check {c.Check} is not answered yet",
        Cause.CheckDown c => $"check {c.Check} is down: {c.Detail}",
        Cause.DownBefore c => $"check {c.Check} is down: {AsBefore}",
        Cause.InMaintenance c => "in maintenance" + (c.Reason is { Length: > 0 } reason ? $": {reason}" : ""),
        Cause.UnitNotStartable => "its unit cannot be started",
        Cause.WrongDroplet c => $"it is droplet {c.Proven}, not {c.InFile}",
        Cause.NoKey c => c.Detail ?? AsBefore,
        Cause.Stopped => "the agent was stopped",
        Cause.ReleaseOrdered => "release by command",
        Cause.PromoteOrdered c => $"promote on {c.OnNode}",
        Cause.Outranked c => $"{c.ByNode} has priority {c.Priority}",
        Cause.HolderIs c => $"the IP is at {c.HolderNode}",
        Cause.ApiFails => "its cloud API fails",
        Cause.DropletNotFound => "the cloud does not know its droplet",
        Cause.NoResult => $"its claim had no result for {ClaimRules.Timeout.TotalSeconds:0} s",
        Cause.MoveDidNotHelp => "no answer since the move",
        Cause.FlapHold => FlapHold,
        Cause.LeaseLost => "its lease ran out",
        Cause.NoLongerMaster c => $"{c.OfNode} is {c.Role.ToString().ToLowerInvariant()}",
        _ => throw new ArgumentOutOfRangeException(nameof(cause)),
    };

    /// <summary>The phrase cut to <see cref="AdvertCodec.MaxCauseBytes"/> bytes, between two words where its last third has a space; what was cut off leaves three dots.</summary>
    public static string OnWire(Cause.OfRelease cause)
    {
        var phrase = Phrase(cause);
        if (Encoding.UTF8.GetByteCount(phrase) <= AdvertCodec.MaxCauseBytes)
            return phrase;
        const string More = "...";
        while (Encoding.UTF8.GetByteCount(phrase) > AdvertCodec.MaxCauseBytes - More.Length)
            phrase = phrase[..^1];
        var space = phrase.LastIndexOf(' ');
        return (space > phrase.Length * 2 / 3 ? phrase[..space].TrimEnd(':', ',', ';') : phrase) + More;
    }
}
