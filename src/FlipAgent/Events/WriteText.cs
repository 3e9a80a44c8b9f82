using FlipAgent.Core;
using FlipAgent.Naming;

namespace FlipAgent.Events;

/// <summary>Sentences for whether the token may move the floating IP (docs/rules.md, C11).</summary>
internal static class WriteText
{
    public static (string Text, string? Next) Of(Event e, CloudVendor v) => e.Kind switch
    {
        EventKind.WriteProven => ($"the token of {e.Node} is allowed to move the floating IP: the cloud refused to assign it to its present holder because it is there already, not for lack of permission ({e.Detail})", null),
        EventKind.WriteRefused => (
            $"the token of {e.Node} is not allowed to move the floating IP: {e.Detail}",
            $"Put a token {v.Token} into the file that floating_ip.token_file names; the agent rereads it by itself."),
        EventKind.WriteAccepted => (
            $"the cloud accepted an assign of the floating IP to {e.Node}, which held it already (action {e.ActionId}); the agent looks up who holds it now",
            "Do clients reach the site? The cloud was expected to refuse this (422); flipagentctl status shows who holds the address."),
        EventKind.WriteUnproven => ($"{e.Node} could not find out whether its token is allowed to move the floating IP: {e.Detail}", "Ask again: flipagentctl doctor --prove-write on the master; a drill proves it too."),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };
}
