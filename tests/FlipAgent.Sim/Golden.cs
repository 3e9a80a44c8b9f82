using System.Globalization;
using System.Text;

namespace FlipAgent.Sim;

/// <summary>
/// What a seed's election decides, wording aside: every role and term, every request to the world, every advert with its contents, the kinds of events; each with
/// its time. Its hash stands in <c>golden/</c> of the core's tests, so that a change of structure which also changes a decision is noticed. See docs/simulator.md.
/// </summary>
internal sealed class Golden(bool keepLines)
{
    private readonly List<string> _lines = [];
    private ulong _hash = 0xcbf29ce484222325;
    private int _count;

    /// <summary>The decisions in order; empty unless they are kept.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>How many decisions there were, and the FNV-1a hash of them all.</summary>
    public string Sum => string.Create(CultureInfo.InvariantCulture, $"{_count} {_hash:x16}");

    public void Stepped(SimNode node, TimeSpan now, IReadOnlyList<Effect> effects, Role role, uint term)
    {
        var state = node.State!;
        if (state.Role != role || state.Term != term)
            Add(now, node, $"{Describe.Role(state.Role)} {state.Term}");
        foreach (var effect in effects)
            switch (effect)
            {
                case Effect.Announce or Effect.SaveState:
                    break;
                case Effect.Reply reply:
                    Add(now, node, reply.Result is CommandResult.Done ? "done" : "refused");
                    break;
                case Effect.SendAdvert send:
                    Add(now, node, $"send {send.Copies}");
                    break;
                case Effect.Assign assign:
                    Add(now, node, $"assign {assign.Term}");
                    break;
                case Effect.ReadAction read:
                    Add(now, node, $"read action {read.ActionId}");
                    break;
                case Effect.ProbeGuard probe:
                    Add(now, node, $"ProbeGuard {probe.Number}");
                    break;
                default:
                    Add(now, node, effect.GetType().Name);
                    break;
            }

        // In one step the order in which people are told is no decision.
        foreach (var e in effects.OfType<Effect.Announce>().Select(a => a.Event).OrderBy(e => e.Kind).ThenBy(e => e.Peer, StringComparer.Ordinal))
            Add(now, node, $"tells {(int)e.Kind} {e.Severity} {e.Alert} {e.Term} {e.Peer} {e.Holder} {e.RoleFrom} {e.RoleTo}");
    }

    public void Sends(SimNode node, TimeSpan now, Advert a)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"advert {a.Session} {a.Sequence} {a.Term} {a.Role} {a.Priority} {a.EffectivePriority} {a.Fit} {a.Maintenance} {a.ApiReachable} {a.HoldDown} ")
            .Append(
            CultureInfo.InvariantCulture,
            $"{a.WantsToPreempt} {a.AsksByCommand} {a.Leaving} {a.Holder.Kind} {a.Holder.NodeId} {a.Holder.DropletId} {a.HolderAge.Ticks} {a.Master} {a.MasterTerm} {a.MasterAge.Ticks} {a.Hold.Ticks}");
        if (a.Release is { } r)
            text.Append(CultureInfo.InvariantCulture, $" release {r.Term} {r.Successor} {r.Planned} {r.AtSuccessor} {r.DetectMs}");
        foreach (var p in a.Peers)
            text.Append(
                CultureInfo.InvariantCulture,
                $" peer {p.Node} {p.Session} {p.DirectAge?.Ticks} {p.Age?.Ticks} {p.Role} {p.Fit} {p.ApiReachable} {p.HoldDown} {p.Maintenance} {p.EffectivePriority}");
        if (a.Quota is { } quota)
            text.Append(CultureInfo.InvariantCulture, $" quota {quota.Left.Remaining} {quota.Left.Limit} {quota.Age.Ticks}");
        if (a.Asks is { } asked)
            text.Append(CultureInfo.InvariantCulture, $" asks {asked}");
        foreach (var answer in a.Answers)
            text.Append(CultureInfo.InvariantCulture, $" answers {answer.Node} {answer.Sequence}");
        Add(now, node, text.ToString());
    }

    private void Add(TimeSpan now, SimNode node, string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{now.TotalSeconds:0.0000000} {node.Name} {what}");
        if (keepLines)
            _lines.Add(line);
        _count++;
        foreach (var c in line)
            _hash = (_hash ^ c) * 0x100000001b3;
        _hash = (_hash ^ '\n') * 0x100000001b3;
    }
}
