using System.Collections.Immutable;
using System.Net;

namespace FlipAgent.Control;

/// <summary>
/// By which names the TCP listener may be asked. A web page can give its own name the address of this listener (DNS rebinding), and the browser of somebody in the
/// network then reads the status for it; but the name stays in the Host header. An address, a name without a dot and what the configuration names cannot be such a name.
/// </summary>
internal sealed class HostNames(ImmutableArray<string> configured)
{
    public bool Accepts(HostString host)
    {
        var name = host.Host;
        // HTTP/1.0 may leave it out; no browser does.
        return !host.HasValue || !name.Contains('.') || IPAddress.TryParse(name, out _) || IsOneOf(name.TrimEnd('.'));
    }

    private bool IsOneOf(string name)
    {
        if (name.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase))
            return true;
        foreach (var one in configured)
            if (name.Equals(one, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
