using FlipAgent.Kernel;

namespace FlipAgent.Outbound;

/// <summary>
/// A connection to a host that is open and encrypted before anybody needs it, so that an urgent request after minutes of quiet does not begin with a handshake. It is looked
/// after each 30 s and replaced when the other side has closed it; no request is made for that. Disposing of it stops that.
/// </summary>
internal sealed class SpareConnection : IDisposable
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_dialLimit = TimeSpan.FromSeconds(5);

    private readonly Func<CancellationToken, ValueTask<Connection>> _dial;
    private readonly Action _failed;
    private readonly CancellationTokenSource _stop = new();
    private readonly Bell _end = new();
    private readonly TimeSpan _pace;
    private Connection? _spare;

    /// <param name="dial">Opens a connection; throws what <see cref="Dialer.Dial"/> throws.</param>
    /// <param name="failed">The host could not be reached: called each time, from any thread.</param>
    /// <param name="pace">How often it is looked after; null: each 30 s.</param>
    public SpareConnection(Func<CancellationToken, ValueTask<Connection>> dial, Action failed, TimeSpan? pace = null)
    {
        (_dial, _failed, _pace) = (dial, failed, pace ?? s_every);
        _ = Task.Run(Keep);
    }

    /// <summary>Gives the connection away; null: there is none that both sides still hold open.</summary>
    public Stream? Take()
    {
        var spare = Interlocked.Exchange(ref _spare, null);
        if (spare is null || spare.IsOpen)
            return spare?.Stream;
        spare.Dispose();
        return null;
    }

    /// <summary>What is open is not to be trusted any more.</summary>
    public void Drop() => Interlocked.Exchange(ref _spare, null)?.Dispose();

    public void Dispose()
    {
        _stop.Cancel();
        _end.Ring();
        Drop();
    }

    private async Task Keep()
    {
        try
        {
            for (var wait = _pace < s_first ? _pace : s_first; ; wait = _pace)
            {
                await _end.Wait(wait, Bell.Unseen(wait)).ConfigureAwait(false);
                _stop.Token.ThrowIfCancellationRequested();
                if (Volatile.Read(ref _spare) is { IsOpen: true })
                    continue;
                if (!await Refresh().ConfigureAwait(false))
                    _failed();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private async Task<bool> Refresh()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(s_dialLimit);
        try
        {
            var fresh = await _dial(limit.Token).ConfigureAwait(false);
            Interlocked.Exchange(ref _spare, fresh)?.Dispose();
            if (_stop.IsCancellationRequested)
                Drop();
            return true;
        }
        catch (Exception e) when (e is DialFailedException or OperationCanceledException)
        {
            _stop.Token.ThrowIfCancellationRequested();
            return false;
        }
    }
}
