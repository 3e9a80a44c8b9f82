using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using FlipAgent.Core;

namespace FlipAgent.Lease;

/// <summary>
/// The members of the store. The one that served last is asked first; one that is silent, or does not know, costs a third of the time at most before the next is asked, which
/// does the whole request anew: every request can be, without a second lease coming of it.
/// </summary>
internal sealed class EtcdStore(ImmutableArray<EtcdMember> members, EtcdUser user, Func<TimeSpan> now) : IDisposable
{
    private static readonly TimeSpan s_lookTime = TimeSpan.FromSeconds(3);

    private int _first;
    private int _last;
    private volatile string? _alarm;
    private volatile bool _looked;

    public ImmutableArray<MemberView> Views => [.. members.Select(m => IsOfAnother(m) ? m.View with { Reachable = false, Problem = EtcdSession.OfAnother } : m.View)];

    /// <summary>A member did not serve when it was asked last.</summary>
    public bool AnyIsAway => Views.Any(m => m.Reachable == false);

    /// <summary>Every member has been asked once how it is.</summary>
    public bool HasLooked => _looked;

    /// <summary>The clock of the member that answered last.</summary>
    public double? ClockDifference => members[Volatile.Read(ref _last)].View.ClockDifference;

    /// <summary>Why the store cannot give the lease to anybody, from the last <see cref="Look()"/>; null: nothing is known.</summary>
    public string? Alarm => _alarm;

    /// <summary>A user is configured, and the store asks nobody who he is.</summary>
    public bool IsOpen => user.Unneeded;

    /// <summary>Never throws for anything that the world does.</summary>
    /// <param name="work">The whole request at one member.</param>
    public async Task<LeaseFinding> Ask(Func<EtcdSession, Task<LeaseFinding>> work, TimeSpan limit)
    {
        var until = now() + limit;
        var first = Volatile.Read(ref _first);
        var vain = new List<LeaseFinding>();
        for (var i = 0; i < members.Length && now() < until; i++)
        {
            var index = (first + i) % members.Length;
            if (IsOfAnother(members[index]))
            {
                vain.Add(new(LeaseStatus.Failed, $"{members[index].Url}: {EtcdSession.OfAnother}"));
                continue;
            }
            var left = until - now();
            var slice = i == members.Length - 1 || left < limit / 3 ? left : limit / 3;
            using var bell = new CancellationTokenSource(slice > TimeSpan.Zero ? slice : TimeSpan.FromMilliseconds(1));
            var finding = await work(Session(members[index], bell.Token)).ConfigureAwait(false);
            if (!finding.Elsewhere)
            {
                Volatile.Write(ref _first, index);
                Volatile.Write(ref _last, index);
                return finding.Detail.Length > 0 ? finding with { Detail = $"etcd {members[index].Url}: {finding.Detail}" } : finding;
            }
            vain.Add(finding with { Detail = $"{members[index].Url}: {finding.Detail}" });
        }
        var status = vain.TrueForAll(finding => finding.Status == LeaseStatus.Refused) && vain.Count > 0 ? LeaseStatus.Refused : LeaseStatus.Failed;
        return new(status, $"etcd {string.Join("; ", vain.Select(finding => finding.Detail))}");
    }

    /// <summary>Asks every member how it is. For people, and for what no other answer tells: that the store is read-only.</summary>
    public async Task Look()
    {
        using var bell = new CancellationTokenSource(s_lookTime);
        var answers = await Task.WhenAll(members.Select(member => Look(member, bell.Token))).ConfigureAwait(false);
        if (answers.OfType<StatusAnswer>().ToList() is { Count: > 0 } known)
            _alarm = known.SelectMany(status => status.Errors ?? []).Select(AlarmOf).OfType<string>().FirstOrDefault();
        _looked = true;
    }

    public void Dispose()
    {
        foreach (var member in members)
            member.Dispose();
    }

    private EtcdSession Session(EtcdMember member, CancellationToken cancel) => new(member, user, IsOfAnother, cancel);

    /// <summary>
    /// A list with members of two etcds would have two leases. Those count of which the list has most, and of as many those that come first in it. What a member said counts as long as it says nothing
    /// else, so that the wrong one is not asked when the right ones are away.
    /// </summary>
    private bool IsOfAnother(EtcdMember member) => member.Cluster is var its and not 0
        && members.Select(m => m.Cluster).Where(cluster => cluster != 0).GroupBy(cluster => cluster).MaxBy(group => group.Count())!.Key != its;

    private async Task<StatusAnswer?> Look(EtcdMember member, CancellationToken cancel)
    {
        var reply = await Session(member, cancel).Post("/v3/maintenance/status", EtcdBodies.Empty, EtcdJson.Default.StatusAnswer).ConfigureAwait(false);
        if (reply.Value is { } status)
            member.Learn(status);
        return reply.Value;
    }

    private static string? AlarmOf(string error) => error switch
    {
        _ when error.Contains("NOSPACE", StringComparison.Ordinal) => LeaseFinding.ReadOnly,
        _ when error.Contains("CORRUPT", StringComparison.Ordinal) => "has an alarm (CORRUPT): its members do not hold the same data, so nobody can rely on the lease",
        _ => null,
    };
}

/// <summary>One member, for as long as it may take.</summary>
/// <param name="isOfAnother">Whether that member belongs to another etcd than the others in the list.</param>
internal sealed class EtcdSession(EtcdMember member, EtcdUser user, Func<EtcdMember, bool> isOfAnother, CancellationToken cancel)
{
    /// <summary>What is wrong with such a member.</summary>
    public const string OfAnother = "belongs to another etcd than other members in the list; expected the members of one";

    /// <summary>Sends one request as the user, with a new token when the one in use is refused.</summary>
    public async Task<EtcdReply<T>> Post<T>(string path, byte[] body, JsonTypeInfo<T> type)
        where T : class
    {
        if (user.MustLogIn && await user.LogIn(member, cancel).ConfigureAwait(false) is { } early)
            return new(early.Result, early.Detail, null);
        var reply = await member.Post(path, body, user.Token, type, cancel).ConfigureAwait(false);
        if (reply.Result != EtcdResult.Token && !(reply.Result == EtcdResult.Forbidden && user.Token is null))
            return reply;
        // Nothing was done, so it can be asked for again.
        if (await user.LogIn(member, cancel).ConfigureAwait(false) is { } late)
            return new(late.Result, late.Detail, null);
        return await member.Post(path, body, user.Token, type, cancel).ConfigureAwait(false);
    }

    public async Task<EtcdReply<RangeAnswer>> Range(string key) =>
        Whole(await Post("/v3/kv/range", EtcdBodies.Range(key), EtcdJson.Default.RangeAnswer).ConfigureAwait(false), answer => answer.Header);

    public async Task<EtcdReply<TxnAnswer>> Txn(byte[] body) => Whole(await Post("/v3/kv/txn", body, EtcdJson.Default.TxnAnswer).ConfigureAwait(false), answer => answer.Header);

    /// <summary>An empty object would otherwise say that there is no key.</summary>
    private EtcdReply<T> Whole<T>(EtcdReply<T> reply, Func<T, EtcdHeader?> header)
        where T : class
    {
        if (reply.Value is not { } answer)
            return reply;
        if (header(answer) is not { RaftTerm: > 0 } said)
            return new(EtcdResult.Unclear, "answers, but not as etcd does", null);
        member.Cluster = said.ClusterId;
        return isOfAnother(member) ? new(EtcdResult.Unclear, OfAnother, null) : reply;
    }
}
