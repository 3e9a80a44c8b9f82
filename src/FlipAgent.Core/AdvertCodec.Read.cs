using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace FlipAgent.Core;

// The receiver's second half. It comes after the HMAC and is still strict, because a peer of a newer version, or one with a fault, holds the key too.
public static partial class AdvertCodec
{
    private static DecodeResult Read(ReadOnlySpan<byte> datagram, Tlvs tlvs, string cluster)
    {
        if (RefuseFixed(datagram) is { } outOfRange)
            return DecodeResult.Reject(Rejection.Malformed, outOfRange);
        if (!TryReadName(tlvs.Node, out var node))
            return DecodeResult.Reject(Rejection.Malformed, "the name of the node is not printable UTF-8");
        if (!TryReadRelease(tlvs.Release, out var release))
            return DecodeResult.Reject(Rejection.Malformed, "the cause of the release is not printable UTF-8");
        if (!TryReadPeers(datagram, tlvs.Peers, out var peers, out var malformed))
            return DecodeResult.Reject(Rejection.Malformed, malformed);
        if (!TryReadAddresses(datagram, tlvs.Addresses, out var addresses, out malformed))
            return DecodeResult.Reject(Rejection.Malformed, malformed);
        return DecodeResult.Accept(ReadFixed(datagram, cluster, node, release, peers) with
        {
            Service = ReadService(tlvs.Service),
            Identity = ReadIdentity(tlvs.Identity),
            Asks = tlvs.Ask.IsEmpty ? null : U32(tlvs.Ask, 0),
            Answers = ReadAnswers(tlvs.Answers),
            Quota = ReadQuota(tlvs.Quota),
            StoreReachable = tlvs.Store.IsEmpty ? null : ((StoreFlags)tlvs.Store[0] & StoreFlags.Reachable) != 0,
            Addresses = addresses,
            Particulars = ReadParticulars(tlvs.Particulars),
        });
    }

    /// <summary>What is wrong with the fixed fields, or null.</summary>
    private static string? RefuseFixed(ReadOnlySpan<byte> datagram)
    {
        if (BinaryPrimitives.ReadUInt64BigEndian(datagram[SessionAt..]) == 0 || U32(datagram, SequenceAt) == 0)
            return "session or sequence is 0";
        if (datagram[RoleAt] > (byte)Role.Fault)
            return $"role {datagram[RoleAt]} does not exist";
        if (datagram[PriorityAt] is 0 or 255 || datagram[EffectivePriorityAt] is 0 or 255)
            return "a priority that is not 1 to 254";
        if (datagram[HolderKindAt] > (byte)HolderKind.Foreign)
            return $"kind of holder {datagram[HolderKindAt]} does not exist";
        if (BinaryPrimitives.ReadUInt64BigEndian(datagram[HolderDropletAt..]) > long.MaxValue)
            return "a droplet id above 2^63-1";
        if (U32(datagram, HolderAgeAt) == Never || U32(datagram, MasterAgeAt) == Never || U32(datagram, HoldAt) == Never)
            return "\"never\" where a time is needed";
        return null;
    }

    private static Advert ReadFixed(ReadOnlySpan<byte> datagram, string cluster, string node, Release? release, ImmutableArray<PeerReport> peers)
    {
        var flags = (AdvertFlags)datagram[FlagsAt];
        return new Advert
        {
            Cluster = cluster,
            Node = node,
            Session = BinaryPrimitives.ReadUInt64BigEndian(datagram[SessionAt..]),
            Sequence = U32(datagram, SequenceAt),
            Term = U32(datagram, TermAt),
            Role = (Role)datagram[RoleAt],
            Priority = datagram[PriorityAt],
            EffectivePriority = datagram[EffectivePriorityAt],
            Fit = (flags & AdvertFlags.Fit) != 0,
            Maintenance = (flags & AdvertFlags.Maintenance) != 0,
            ApiReachable = (flags & AdvertFlags.ApiReachable) != 0,
            HoldDown = (flags & AdvertFlags.HoldDown) != 0,
            Demoted = (flags & AdvertFlags.Demoted) != 0,
            WantsToPreempt = (flags & AdvertFlags.WantsToPreempt) != 0,
            Leaving = (flags & AdvertFlags.Leaving) != 0,
            AsksByCommand = (flags & AdvertFlags.AsksByCommand) != 0,
            AgentVersion = new Version(
                U16(datagram, AgentVersionAt), U16(datagram, AgentVersionAt + 2), U16(datagram, AgentVersionAt + 4)),
            ConfigHash = BinaryPrimitives.ReadUInt64BigEndian(datagram[ConfigHashAt..]),
            Holder = new Holder(
                (HolderKind)datagram[HolderKindAt], U32(datagram, HolderNodeAt), BinaryPrimitives.ReadInt64BigEndian(datagram[HolderDropletAt..])),
            HolderAge = Time(U32(datagram, HolderAgeAt)),
            Master = U32(datagram, MasterAt),
            MasterTerm = U32(datagram, MasterTermAt),
            MasterAge = Time(U32(datagram, MasterAgeAt)),
            Hold = Time(U32(datagram, HoldAt)),
            Release = release,
            Peers = peers,
        };
    }

    private static bool TryReadRelease(ReadOnlySpan<byte> value, out Release? release)
    {
        release = null;
        if (value.IsEmpty)
            return true;
        if (!TryReadText(value[ReleaseFixedBytes..], out var cause))
            return false;
        var flags = (ReleaseFlags)value[8];
        release = new Release(
            U32(value, 0), U32(value, 4), (flags & ReleaseFlags.Planned) != 0, (flags & ReleaseFlags.AtSuccessor) != 0, cause, U32(value, 9))
        { TakenBack = (flags & ReleaseFlags.TakenBack) != 0 };
        return true;
    }

    /// <summary>What a newer version saw, and this one has no name for, is as good as nothing said.</summary>
    private static ServiceReport? ReadService(ReadOnlySpan<byte> value) => value.IsEmpty || value[0] > (byte)Sight.TimedOut
        ? null
        : new ServiceReport((Sight)value[0], ((ServiceFlags)value[1] & ServiceFlags.Proven) != 0, Time(U32(value, 2)), Time(U32(value, 6)), Age(U32(value, 10)), Age(U32(value, 14)));

    /// <summary>An id that no droplet can have proves nothing.</summary>
    private static long? ReadIdentity(ReadOnlySpan<byte> value) =>
        value.IsEmpty ? null : BinaryPrimitives.ReadUInt64BigEndian(value) is var droplet and <= long.MaxValue ? (long)droplet : 0;

    /// <summary>More left than there is, or a limit of nothing, says nothing.</summary>
    private static QuotaReport? ReadQuota(ReadOnlySpan<byte> value) =>
        value.IsEmpty || U32(value, 4) == 0 || U32(value, 0) > U32(value, 4) || U32(value, 8) == Never
            ? null
            : new QuotaReport(new RateLimit(U32(value, 0), U32(value, 4)), Time(U32(value, 8)));

    /// <summary>What does not make a whole answer at the end is of a newer version.</summary>
    private static ImmutableArray<Answer> ReadAnswers(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return [];
        var answers = new Answer[value.Length / AnswerBytes];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = new Answer(U32(value, i * AnswerBytes), U32(value, (i * AnswerBytes) + 4));
        return ImmutableCollectionsMarshal.AsImmutableArray(answers);
    }

    private static bool TryReadPeers(ReadOnlySpan<byte> datagram, int count, out ImmutableArray<PeerReport> peers, out string malformed)
    {
        peers = [];
        malformed = "";
        if (count == 0)
            return true;
        var read = new PeerReport[count];
        var next = 0;
        for (var rest = datagram[FixedBytes..^AdvertMac.Bytes]; !rest.IsEmpty; rest = rest[(2 + rest[1])..])
        {
            if (rest[0] != (byte)TlvType.Peer)
                continue;
            if (!TryReadPeer(rest.Slice(2, PeerBytes), read.AsSpan(0, next), out var peer, out malformed))
                return false;
            read[next++] = peer;
        }
        peers = ImmutableCollectionsMarshal.AsImmutableArray(read);
        return true;
    }

    private static bool TryReadPeer(ReadOnlySpan<byte> value, ReadOnlySpan<PeerReport> before, out PeerReport peer, out string malformed)
    {
        var flags = (PeerFlags)value[21];
        peer = new PeerReport(
            Node: U32(value, 0),
            Session: BinaryPrimitives.ReadUInt64BigEndian(value[4..]),
            DirectAge: Age(U32(value, 12)),
            Age: Age(U32(value, 16)),
            Role: (Role)value[20],
            Fit: (flags & PeerFlags.Fit) != 0,
            ApiReachable: (flags & PeerFlags.ApiReachable) != 0,
            HoldDown: (flags & PeerFlags.HoldDown) != 0,
            Maintenance: (flags & PeerFlags.Maintenance) != 0,
            EffectivePriority: value[22])
        { Demoted = (flags & PeerFlags.Demoted) != 0, StoreReachable = (flags & PeerFlags.StoreReachable) != 0 };
        if (peer.Node == NodeId.None)
            return Fail("a peer without an id", out malformed);
        if (peer.Role > Role.Fault || peer.EffectivePriority == 255)
            return Fail("a peer's role or priority does not exist", out malformed);
        foreach (var other in before)
            if (other.Node == peer.Node)
                return Fail("the same peer twice", out malformed);
        malformed = "";
        return true;
    }

    private static bool TryReadAddresses(ReadOnlySpan<byte> datagram, int count, out ImmutableArray<AddressReport> addresses, out string malformed)
    {
        addresses = [];
        malformed = "";
        if (count == 0)
            return true;
        var read = new AddressReport[count];
        var next = 0;
        for (var rest = datagram[FixedBytes..^AdvertMac.Bytes]; !rest.IsEmpty; rest = rest[(2 + rest[1])..])
        {
            if (rest[0] != (byte)TlvType.Address)
                continue;
            var report = ReadAddress(rest.Slice(2, AddressBytes));
            if (report.Address == 0)
                return Fail("a floating IP without an id", out malformed);
            foreach (var other in read.AsSpan(0, next))
                if (other.Address == report.Address)
                    return Fail("the same floating IP twice", out malformed);
            read[next++] = report;
        }
        addresses = ImmutableCollectionsMarshal.AsImmutableArray(read);
        return true;
    }

    /// <summary>A holder that a newer version knows and this one has no name for, or one that cannot be, is as good as not known.</summary>
    private static AddressReport ReadAddress(ReadOnlySpan<byte> value)
    {
        var (kind, droplet, age) = ((HolderKind)value[4], BinaryPrimitives.ReadUInt64BigEndian(value[9..]), U32(value, 17));
        return kind > HolderKind.Foreign || droplet > long.MaxValue || age == Never
            ? new AddressReport(U32(value, 0), default, TimeSpan.Zero)
            : new AddressReport(U32(value, 0), new Holder(kind, U32(value, 5), (long)droplet), Time(age));
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);

    private static TimeSpan Time(uint milliseconds) => TimeSpan.FromTicks(milliseconds * TimeSpan.TicksPerMillisecond);

    private static TimeSpan? Age(uint milliseconds) => milliseconds == Never ? null : Time(milliseconds);

    private static bool Fail(string reason, out string malformed)
    {
        malformed = reason;
        return false;
    }
}
