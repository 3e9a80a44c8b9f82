using System.Security.Cryptography;
using FlipAgent.Core;

namespace FlipAgent.Lease;

/// <summary>
/// The lease as etcd keeps it (docs/lease.md): a key that exists once and hangs on a lease of etcd's, which runs out by itself. Each method does one request of the core's at one
/// member, and can be done again at another one.
/// </summary>
/// <remarks>
/// <para>A renewal counts only when it is certain who answered it. etcd renews a lease in the memory of its leader, without asking the other members, and before 3.4.31 and 3.5.13 a
/// leader that has been replaced and does not know it yet answers "renewed" all the same (etcd-io/etcd #15247), while the new leader lets the lease run out. So each renewal is
/// followed by a read through the log of the store, at the same member, and both answers have to name the same raft term. That header is the term of the last entry that the
/// member has applied, and the first entry of each term comes before every other of it. So when the read came through in the term in which the renewal began, the leader of that term,
/// of which there is one, was the leader all the time in between, and it is the one that renewed.</para>
/// <para>The read goes through the log, as a write does (<see cref="EtcdBodies.Confirm"/>), and not the short way of a linearizable range, which before 3.4.42, 3.5.28 and 3.6.9
/// can show the past after a leader was paused (#20418).</para>
/// </remarks>
internal sealed class EtcdLease(LeaseKey key, TimeSpan ttl, Func<TimeSpan> now)
{
    // A lease of our own that hangs on the key, or was granted for it: kept, so that an attempt that fails leaves none behind that the next one does not use. 0: none.
    private long _own;

    // Given up: the store may hear of it at any time, so it is not relied on again, whatever is under way.
    private long _released;

    public async Task<LeaseFinding> Read(EtcdSession session)
    {
        var reply = await session.Range(key.Name).ConfigureAwait(false);
        return reply.Value is { } answer ? key.Look(KeyOf(answer)) : LeaseFinding.Of(reply);
    }

    /// <param name="last">The lease that the last run of this node had; 0: none.</param>
    public async Task<LeaseFinding> Acquire(EtcdSession session, long last, uint term)
    {
        if (last != 0 && last != Own)
        {
            var reply = await session.Range(key.Name).ConfigureAwait(false);
            if (reply.Value is null)
                return LeaseFinding.Of(reply);
            if (IsMine(KeyOf(reply.Value), last))
                return await Renew(session, last).ConfigureAwait(false);
        }
        // Twice: a lease that was kept may have run out.
        for (var round = 0; round < 2; round++)
        {
            Granted? fresh = null;
            if (Own == 0)
            {
                (fresh, var failure) = await Grant(session).ConfigureAwait(false);
                if (fresh is null)
                    return failure!;
            }
            var lease = Own;
            var reply = await session.Txn(EtcdBodies.Take(key.Name, key.Mine(term), lease)).ConfigureAwait(false);
            if (reply.Result == EtcdResult.NoLease)
                Forget(lease);
            else if (reply.Value is not { } answer)
                return LeaseFinding.Of(reply);
            else if (answer.Succeeded && fresh is { } granted)
                return Held(lease, granted.SentAt, granted.Ttl, key.Mine(term));
            else if (answer.Succeeded)
                return await Renew(session, lease).ConfigureAwait(false);
            else if (KeyOf(answer) is var there && (IsMine(there, lease) || IsMine(there, last)))
                return await Renew(session, there!.Lease).ConfigureAwait(false);
            else
                return there is null ? new(LeaseStatus.Failed, "says that the key is there, and shows none") { Elsewhere = true } : key.Look(there);
        }
        return new(LeaseStatus.Failed, "lets a lease run out before it was used") { Elsewhere = true };
    }

    public async Task<LeaseFinding> Renew(EtcdSession session, long lease)
    {
        // Twice: between the two answers the store may have changed its leader.
        for (var round = 0; round < 2; round++)
        {
            var sentAt = now();
            var renewal = await session.Post("/v3/lease/keepalive", EtcdBodies.Id(lease), EtcdJson.Default.KeepAliveAnswer).ConfigureAwait(false);
            if (renewal.Value is null && renewal.Result != EtcdResult.NoLease)
                return LeaseFinding.Of(renewal);
            var lives = renewal.Value?.Result is { TTL: > 0 } answer && answer.ID == lease ? answer : null;
            if (lives is null)
                Forget(lease);
            var confirmation = await session.Txn(EtcdBodies.Confirm(key.Name)).ConfigureAwait(false);
            if (confirmation.Value is not { } confirmed)
                return LeaseFinding.Of(confirmation);
            var there = KeyOf(confirmed);
            if (there?.Lease != lease || !IsMine(there, lease))
                return key.Look(there);
            if (lives is null)
                return new(LeaseStatus.Failed, "lets the lease run out at this moment");
            if (lives.Header is not { RaftTerm: > 0 and var began } || confirmed.Header?.RaftTerm != began)
                continue;
            if (Volatile.Read(ref _released) == lease)
                return new(LeaseStatus.Failed, "renewed a lease that was given up meanwhile");
            Volatile.Write(ref _own, lease);
            var value = key.Read(there)!;
            return lives.TTL < (long)ttl.TotalSeconds ? await Lengthen(session, lease, value).ConfigureAwait(false) : Held(lease, sentAt, Lasts(lives.TTL), value);
        }
        return new(LeaseStatus.Failed, "changes its leader at this moment, so that the renewal is not certain") { Elsewhere = true };
    }

    /// <summary>Deletes the key with the lease. One that is gone already is as good.</summary>
    public async Task<LeaseFinding> Release(EtcdSession session, long lease)
    {
        Volatile.Write(ref _released, lease);
        Forget(lease);
        var reply = await session.Post("/v3/lease/revoke", EtcdBodies.Id(lease), EtcdJson.Default.RevokeAnswer).ConfigureAwait(false);
        return reply.Result is EtcdResult.Done or EtcdResult.NoLease ? LeaseFinding.Free : LeaseFinding.Of(reply);
    }

    private long Own => Volatile.Read(ref _own);

    /// <summary>A new lease. Its number is chosen here and known before it is asked for: a grant whose answer is lost is found by the next attempt.</summary>
    private async Task<(Granted? Fresh, LeaseFinding? Failure)> Grant(EtcdSession session)
    {
        var id = (BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue) | 1;
        Volatile.Write(ref _own, id);
        var sentAt = now();
        var reply = await session.Post("/v3/lease/grant", EtcdBodies.Grant(id, ttl), EtcdJson.Default.GrantAnswer).ConfigureAwait(false);
        if (reply.Value is { TTL: > 0 } granted && granted.ID == id)
            return (new(sentAt, Lasts(granted.TTL)), null);
        // Only what is certain not to have been done gives the number up.
        if (reply.Result is not (EtcdResult.Unclear or EtcdResult.Done))
            Forget(id);
        return (null, LeaseFinding.Of(reply) with { Elsewhere = reply.Result is EtcdResult.Unclear or EtcdResult.NoInterface or EtcdResult.Done });
    }

    /// <summary>The lease is one of an earlier configuration with a shorter time: the key goes over to one that lasts as long as is configured.</summary>
    private async Task<LeaseFinding> Lengthen(EtcdSession session, long old, LeaseValue value)
    {
        var (fresh, failure) = await Grant(session).ConfigureAwait(false);
        if (fresh is null)
            return failure!;
        var lease = Own;
        var reply = await session.Txn(EtcdBodies.Rehang(key.Name, value, old, lease)).ConfigureAwait(false);
        if (reply.Value is not { } answer)
            return LeaseFinding.Of(reply);
        if (!answer.Succeeded)
            return key.Look(KeyOf(answer));
        await session.Post("/v3/lease/revoke", EtcdBodies.Id(old), EtcdJson.Default.RevokeAnswer).ConfigureAwait(false);
        return Held(lease, fresh.SentAt, fresh.Ttl, value);
    }

    private void Forget(long lease) => Interlocked.CompareExchange(ref _own, 0, lease);

    private bool IsMine(EtcdKey? there, long lease) => there is not null && lease != 0 && there.Lease == lease && key.Read(there)?.Node == key.Me;

    /// <summary>The store may keep it for longer than was asked for (never less than one and a half of its election timeouts); what is not relied on does no harm.</summary>
    private LeaseFinding Held(long lease, TimeSpan sentAt, TimeSpan granted, LeaseValue value) => new(LeaseStatus.Held, "")
    {
        LeaseId = lease,
        SentAt = sentAt,
        Ttl = granted < ttl ? granted : ttl,
        Holder = key.Me,
        Term = value.Term,
    };

    /// <param name="seconds">Of an answer, so any number.</param>
    private static TimeSpan Lasts(long seconds) => TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue));

    private static EtcdKey? KeyOf(RangeAnswer? range) => range?.Kvs is [{ } one] ? one : null;

    private static EtcdKey? KeyOf(TxnAnswer txn) => KeyOf(txn.Responses is [{ } only] ? only.ResponseRange : null);

    private sealed record Granted(TimeSpan SentAt, TimeSpan Ttl);
}
