using System.Globalization;

namespace FlipAgent.Bench;

/// <summary>One round of one situation.</summary>
/// <param name="Who">Which contender.</param>
/// <param name="AdvertMs">Time between two adverts.</param>
/// <param name="Number">From 1.</param>
/// <param name="OutageMs">How long the client got no good answer, all stretches together.</param>
/// <param name="CloudMs">What of it is the cloud's own time to move the address.</param>
/// <param name="Assigns">Requests to assign.</param>
/// <param name="Moves">Those of them that were accepted.</param>
/// <param name="FalseMoves">Moves beyond those that the situation calls for.</param>
/// <param name="Holder">Number of the node that holds the floating IP in the end; 0: none of them.</param>
/// <param name="Served">The site answers in the end.</param>
internal sealed record Round(
    string Who, int AdvertMs, string Situation, int Number, double OutageMs, double CloudMs, int Assigns, int Moves, int FalseMoves, int Holder, bool Served)
{
    public const string Header = "who\tadvert_ms\tsituation\tround\toutage_ms\tcloud_ms\town_ms\tassigns\tmoves\tfalse_moves\tholder\tserved\tanswers\trequest_ms";

    /// <summary>The status codes of the answers to the requests to assign, in order.</summary>
    public string Answers { get; init; } = "";

    /// <summary>How long after the beginning the first request to assign arrived at the cloud; null: there was none.</summary>
    public double? RequestMs { get; init; }

    /// <summary>The outage without the cloud's part of it.</summary>
    public double OwnMs => Math.Max(0, OutageMs - CloudMs);

    /// <summary>A line of the data, in the order of <see cref="Header"/>.</summary>
    public string Tsv => string.Create(
        CultureInfo.InvariantCulture,
        $"{Who}\t{AdvertMs}\t{Situation}\t{Number}\t{OutageMs:0}\t{CloudMs:0}\t{OwnMs:0}\t{Assigns}\t{Moves}\t{FalseMoves}\t{Holder}\t{(Served ? 1 : 0)}\t{Answers}\t{RequestMs:0.0}");
}
