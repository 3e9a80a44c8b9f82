using FlipAgent.Core;
using FlipAgent.Supervision;

namespace FlipAgent.Cloud;

/// <summary>
/// Asks the metadata service every 2 s for as long as the agent runs, and at once when asked to. The answer never decides anything by itself (rule C6).
/// </summary>
public sealed class MetadataWatch : IDisposable
{
    private const int FirstLooks = 10;
    private const int LaterLooks = 5;

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _now = new(0, 1);
    private readonly SupervisedPart _part;
    private readonly MetadataClient _client;
    private readonly Action<Input> _post;
    private readonly TimeSpan _every;
    private int _looks;

    /// <param name="post">Takes each answer; called from pool threads.</param>
    public MetadataWatch(MetadataClient client, Action<Input> post, Supervisor? supervisor = null)
        : this(client, post, TimeSpan.FromSeconds(2), supervisor)
    {
    }

    internal MetadataWatch(MetadataClient client, Action<Input> post, TimeSpan every, Supervisor? supervisor = null)
    {
        _part = (supervisor ?? Supervisor.Silent).Part("watch of the metadata service");
        _client = client;
        _post = post;
        _every = every;
        _ = Task.Run(() => _part.Keep(Look, _stop.Token));
    }

    /// <summary>Ask at once instead of at the next turn: after a heal, a stall or an accepted assign. Returns at once.</summary>
    public void Nudge()
    {
        try
        {
            _now.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to ask anyway.
        }
    }

    /// <summary>Stops asking; leaves the client to its owner.</summary>
    public void Dispose() => _stop.Cancel();

    private async Task Look()
    {
        var read = await _part.Run(_client.ReadOnce, e => new Input.MetadataRead(Witness.Unknown, SupervisedPart.Describe(e))).ConfigureAwait(false);
        _stop.Token.ThrowIfCancellationRequested();
        // Which droplet this is changes with the file at most, so it is asked often at the start only. A service that does not answer is not asked twice.
        if (read.Witness != Witness.Unknown && (_looks < FirstLooks || _looks % LaterLooks == 0))
            read = read with { DropletId = await _part.Run(_client.ReadId, _ => (long?)null).ConfigureAwait(false) };
        _looks++;
        _stop.Token.ThrowIfCancellationRequested();
        _post(read);
        await _now.WaitAsync(_every, _stop.Token).ConfigureAwait(false);
    }
}
