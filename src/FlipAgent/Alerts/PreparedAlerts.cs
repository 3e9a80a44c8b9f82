namespace FlipAgent.Alerts;

/// <summary>The sinks of another configuration, made and not in use yet; disposed of before <see cref="Commit"/>, they leave those in use as they are.</summary>
internal sealed class PreparedAlerts(Action use, Action discard) : IDisposable
{
    private bool _over;

    /// <summary>From now on alerts go to these; what waits in sinks that are gone is tried for another second. Returns at once, cannot fail.</summary>
    public void Commit()
    {
        _over = true;
        use();
    }

    public void Dispose()
    {
        if (!_over)
            discard();
        _over = true;
    }
}
