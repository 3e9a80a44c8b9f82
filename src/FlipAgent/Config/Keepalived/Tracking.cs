using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// What decides about the imported instance: what it tracks itself, what its sync group tracks, and what the other members track, because a group goes into
/// fault together.
/// </summary>
internal sealed class Tracking
{
    private readonly Dictionary<string, Item> _uses = new(StringComparer.Ordinal);

    /// <param name="At">The line in the track_ block.</param>
    /// <param name="Owner">The instance or group that the block is in.</param>
    public sealed record Item(string Key, string Name, Statement At, Statement Owner);

    public IEnumerable<Item> Uses => _uses.Values;

    /// <summary>Names that keepalived itself does not track, although they stand in a track_ block.</summary>
    public List<string> Ignored { get; } = [];

    public static string Key(string block, string name) => $"{block} {name}";

    public Item? Use(string key) => _uses.GetValueOrDefault(key);

    /// <param name="group">The sync group that the instance is in, or null.</param>
    /// <param name="others">The other members of the group.</param>
    public static Tracking Of(Statement? instance, Statement? group, IEnumerable<Statement> others, Notes notes)
    {
        var tracking = new Tracking();
        var keepsWeights = group is null || group.Block.Any(s => s.Keyword is "sync_group_tracking_weight" or "global_tracking");
        // A line that says the same as one before it changes nothing; the group's goes first, as it does in keepalived.
        if (group is not null)
            tracking.Add(group, true, "", notes);
        if (instance is not null)
            tracking.Add(instance, keepsWeights, "", notes);
        foreach (var other in others)
            tracking.Add(other, keepsWeights, $" (tracked by {Echo.Mask(other.Argument ?? "")} of the same sync group)", notes);
        return tracking;
    }

    private void Add(Statement owner, bool keepsWeights, string where, Notes notes)
    {
        foreach (var block in owner.Block.Where(s => s.Keyword is "track_script" or "track_process"))
            foreach (var s in block.Block)
            {
                var shown = Echo.Mask(s.Keyword);
                foreach (var word in s.Words.Skip(1).Where(IsNoOption))
                    notes.Add(s, $"{block.Keyword}: {Echo.Mask(word)} after {shown} is no option, and keepalived ignores it; " +
                        "each has a line of its own there");
                if (!keepsWeights && block.Keyword == "track_script" && s.Words.Contains("weight"))
                {
                    Ignored.Add(s.Keyword);
                    notes.Add(s, $"{shown}: left out{where}; keepalived ignores scripts with a weight in an instance of a sync group (sync_group_tracking_weight)");
                }
                else if (_uses.TryAdd(Key(block.Keyword, s.Keyword), new Item(Key(block.Keyword, s.Keyword), s.Keyword, s, owner)) && where.Length > 0)
                    notes.Add(s, $"{shown}: taken over{where}");
            }
    }

    private static bool IsNoOption(string word) => word is not ("weight" or "reverse" or "noreverse" or "no_reverse") && Seconds.Whole(word, -10_000, 10_000) is null;
}
