using System.Diagnostics;
using FlipAgent.Cloud.Api;
using FlipAgent.Core;

namespace FlipAgent.Cloud.DigitalOcean;

/// <summary>
/// Whether the token can read droplets at all. To a token without droplet:read the API shows a held address as held by nobody, so "nobody" is believed
/// only from a token that was shown a droplet before.
/// </summary>
internal sealed class ScopeProof(ApiRequests requests, long ownDroplet)
{
    // A token that was found short of the scope is not asked about again for this long.
    private static readonly TimeSpan s_refusedFor = TimeSpan.FromSeconds(60);

    private ApiToken _proven;
    private ApiToken _refused;
    private long _refusedAt;

    /// <summary>An answer to this token showed a droplet.</summary>
    public void Seen(ApiToken token) => _proven = token;

    /// <summary>True when this token was seen to read a droplet; asks for our own when that is not known yet.</summary>
    public async Task<bool> IsProven(ApiToken token, CancellationToken cancel)
    {
        if (token.Equals(_proven))
            return true;
        if (token.Equals(_refused) && Stopwatch.GetElapsedTime(_refusedAt) < s_refusedFor)
            return false;
        var (answer, _, _) = await requests.Get("read_droplet", $"/v2/droplets/{ownDroplet}", cancel).ConfigureAwait(false);
        if (answer.Status == ApiStatus.Ok && answer.Read(DigitalOceanJson.Default.DropletAnswer)?.Droplet?.Id == ownDroplet)
        {
            Seen(token);
            return true;
        }
        if (answer.Status == ApiStatus.Forbidden)
        {
            _refused = token;
            _refusedAt = Stopwatch.GetTimestamp();
        }
        return false;
    }
}
