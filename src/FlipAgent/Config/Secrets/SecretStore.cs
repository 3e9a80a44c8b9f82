using FlipAgent.Core;

namespace FlipAgent.Config.Secrets;

/// <summary>
/// Holds the <see cref="SecretSet"/> in use. It is exchanged at start, by a reload and when the cloud refuses the token; a secret that is missing is a problem
/// that is reported, never a reason to stop. Any thread.
/// </summary>
internal sealed class SecretStore
{
    private readonly Lock _lock = new();
    private readonly Action<Event> _report;
    private readonly Action _tokenChanged;
    private volatile SecretSet _current;

    /// <param name="report">Takes each problem when it begins and when it ends; must not block.</param>
    /// <param name="tokenChanged">Called when the token has become another one; must not block.</param>
    public SecretStore(SecretSet first, Action<Event> report, Action tokenChanged)
    {
        (_current, _report, _tokenChanged) = (first, report, tokenChanged);
        foreach (var (name, problem) in first.Read)
            Report(name, null, problem);
    }

    public SecretSet Current => _current;

    /// <summary>The token in use; null: none could be read yet.</summary>
    public string? Token => _current.Token?.Reveal();

    /// <summary>Goes over to another reading and reports what is different. Blocks for no longer than an exchange.</summary>
    public void Use(SecretSet next)
    {
        SecretSet before;
        lock (_lock)
            (before, _current) = (_current, next);
        Tell(before, next);
    }

    /// <summary>Reads the token again; the cloud refused the one in use, or there was none.</summary>
    public void ReadToken() => Exchange(set => set.WithToken());

    /// <summary>Reads the secrets of the lease again; the store refused the password in use, or there was none.</summary>
    public void ReadLease() => Exchange(set => set.WithLease());

    /// <summary>The content of a secret file that is read when it is needed; null when it cannot be had.</summary>
    public string? OfFile(string file)
    {
        Secret? secret = null;
        Exchange(set => set.WithFile(file, out secret));
        return secret?.Reveal();
    }

    /// <summary>Reads without the lock, and again when another set was taken meanwhile.</summary>
    private void Exchange(Func<SecretSet, SecretSet> read)
    {
        while (true)
        {
            var before = _current;
            var next = read(before);
            lock (_lock)
            {
                if (!ReferenceEquals(before, _current))
                    continue;
                _current = next;
            }
            Tell(before, next);
            return;
        }
    }

    private void Tell(SecretSet before, SecretSet next)
    {
        if (before.Token?.Reveal() != next.Token?.Reveal())
            _tokenChanged();
        foreach (var (name, problem) in next.Read)
            Report(name, before.Read.GetValueOrDefault(name), problem);
    }

    private void Report(string what, string? before, string? trouble)
    {
        if (trouble is not null && before is null)
            _report(new Event(EventKind.SecretMissing, Severity.Critical) { Subject = what, Detail = trouble });
        else if (trouble is null && before is not null)
            _report(new Event(EventKind.SecretRestored, Severity.Info) { Subject = what, Alert = true });
    }
}
