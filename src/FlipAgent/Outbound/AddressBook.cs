using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;

namespace FlipAgent.Outbound;

/// <summary>
/// The addresses of one host, remembered, so that a name service that is away stops nothing (rule C9, F44). A connection never waits for the name service
/// while an address is known; the question is asked beside it and the answer serves the next connection. The list is kept in a small file for the next
/// run of the agent.
/// </summary>
internal sealed class AddressBook
{
    /// <summary>Addresses kept for the host, the newest answer of the name service first.</summary>
    public const int MostKept = 8;

    // An address that failed is tried last for this long: long enough for an outage of one edge, short enough to come back by itself.
    private static readonly TimeSpan s_distrustFor = TimeSpan.FromSeconds(60);

    // A question older than this counts as stuck, and another one is asked beside it.
    private static readonly TimeSpan s_stuckAfter = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly string _host;
    private readonly string? _file;
    private readonly NameLookup _lookup;
    private readonly Dictionary<IPAddress, long> _failedAt = [];
    private ImmutableArray<IPAddress> _known;
    private IPAddress? _lastGood;
    private Task<IPAddress[]>? _question;
    private long _askedAt;
    private volatile bool _stale;

    /// <param name="host">A name, or an address in text form, which is never looked up.</param>
    /// <param name="file">Where the addresses are kept between runs; null: nowhere.</param>
    public AddressBook(string host, string? file, NameLookup lookup)
    {
        _host = host;
        _lookup = lookup;
        IsLiteral = IPAddress.TryParse(host, out var literal);
        _file = IsLiteral ? null : file;
        _known = literal is not null ? [literal] : AddressFile.Read(_file, host, MostKept);
    }

    /// <summary>The host is an address already.</summary>
    public bool IsLiteral { get; }

    /// <summary>The name service had no answer when it was last asked, and addresses of the past are used. With none of them the requests fail, and say so themselves.</summary>
    public bool IsStale => _stale && InOrder().Count > 0;

    /// <summary>All known addresses in the order in which they are to be tried: trusted before failed, the last good one first.</summary>
    public IReadOnlyList<IPAddress> InOrder()
    {
        lock (_lock)
            return _known.Length < 2 ? _known : [.. _known.OrderBy(a => IsDistrusted(a) ? 1 : 0).ThenBy(a => a.Equals(_lastGood) ? 0 : 1)];
    }

    /// <summary>As <see cref="InOrder"/>. Where none is known, what the name service answers within this time, for which it blocks; the name service is asked in any case.</summary>
    public IReadOnlyList<IPAddress> InOrderWithin(TimeSpan atMost)
    {
        var question = Refresh();
        var known = InOrder();
        return known.Count > 0 || !question.Wait(atMost) ? known : question.Result;
    }

    public void Worked(IPAddress address)
    {
        lock (_lock)
        {
            _lastGood = address;
            _failedAt.Remove(address);
        }
    }

    /// <summary>The address could not be connected, or answered nothing in time: others come first for a minute (F37).</summary>
    public void Failed(IPAddress address)
    {
        lock (_lock)
        {
            _failedAt[address] = Stopwatch.GetTimestamp();
            if (address.Equals(_lastGood))
                _lastGood = null;
        }
    }

    /// <summary>Asks the name service; an answer is taken into the book and the file. Never faults; empty when there was no answer.</summary>
    public Task<IPAddress[]> Refresh()
    {
        if (IsLiteral)
            return Task.FromResult<IPAddress[]>([]);
        lock (_lock)
        {
            if (_question is { IsCompleted: false } && Stopwatch.GetElapsedTime(_askedAt) < s_stuckAfter)
                return _question;
            _askedAt = Stopwatch.GetTimestamp();
            return _question = AskAndKeep();
        }
    }

    private async Task<IPAddress[]> AskAndKeep()
    {
        var answer = await _lookup.Start(_host).ConfigureAwait(false);
        _stale = answer.Length == 0;
        if (answer.Length == 0)
            return answer;
        ImmutableArray<IPAddress> known;
        bool changed;
        lock (_lock)
        {
            known = [.. answer.Concat(_known).Distinct().Take(MostKept)];
            // Name servers rotate their answers: another order alone is not worth a write.
            changed = !known.ToHashSet().SetEquals(_known);
            _known = known;
        }
        if (changed)
            AddressFile.Write(_file, _host, known);
        return answer;
    }

    private bool IsDistrusted(IPAddress address) =>
        _failedAt.TryGetValue(address, out var at) && Stopwatch.GetElapsedTime(at) < s_distrustFor;
}
