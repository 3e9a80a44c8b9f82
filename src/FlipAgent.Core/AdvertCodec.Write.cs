using System.Text;

namespace FlipAgent.Core;

// The sender's half: fills in the form. Ages are rounded up to whole milliseconds, so that a relayed age is never younger than the truth.
public static partial class AdvertCodec
{
    private static void RequireSendable(Advert advert)
    {
        RequireName(advert.Cluster, "cluster");
        RequireName(advert.Node, "node");
        if (advert.Session == 0 || advert.Sequence == 0)
            throw new ArgumentException("session and sequence start at 1: 0 means never heard");
        if (advert.Priority is 0 or 255 || advert.EffectivePriority is 0 or 255)
            throw new ArgumentException("a priority is 1 to 254");
    }

    private static void RequireName(string name, string what)
    {
        Span<byte> utf8 = stackalloc byte[MaxNameBytes];
        if (name.Length == 0 || !Encoding.UTF8.TryGetBytes(name, utf8, out _))
            throw new ArgumentException($"the name of a {what} is 1 to {MaxNameBytes} bytes of UTF-8");
        foreach (var character in name)
            if (!IsPrintable(character))
                throw new ArgumentException($"the name of a {what} has a character that cannot be printed");
    }

    private static void WriteFixed(ref WireWriter writer, Advert advert, byte keyId)
    {
        writer.U8(WireVersion);
        writer.U8(keyId);
        writer.U16(0); // the length, filled in when it is known
        writer.U64(advert.Session);
        writer.U32(advert.Sequence);
        writer.U32(advert.Term);
        writer.U8((byte)advert.Role);
        writer.U8(advert.Priority);
        writer.U8(advert.EffectivePriority);
        writer.U8((byte)FlagsOf(advert));
        writer.U64(advert.ConfigHash);
        writer.U16(VersionPart(advert.AgentVersion.Major));
        writer.U16(VersionPart(advert.AgentVersion.Minor));
        writer.U16(VersionPart(advert.AgentVersion.Build));
        writer.U8((byte)advert.Holder.Kind);
        writer.U8(0); // reserved
        writer.U32(advert.Holder.NodeId);
        writer.U64((ulong)advert.Holder.DropletId);
        writer.U32(Milliseconds(advert.HolderAge));
        writer.U32(advert.Master);
        writer.U32(advert.MasterTerm);
        writer.U32(Milliseconds(advert.MasterAge));
        writer.U32(Milliseconds(advert.Hold));
    }

    private static void WriteTlvs(ref WireWriter writer, Advert advert)
    {
        WriteName(ref writer, TlvType.Cluster, advert.Cluster);
        WriteName(ref writer, TlvType.Node, advert.Node);
        if (advert.Release is { } release)
            WriteRelease(ref writer, release);
        if (advert.Service is { } service)
            WriteService(ref writer, service);
        if (advert.Identity is { } droplet)
            WriteIdentity(ref writer, droplet);
        if (advert.Quota is { } quota)
            WriteQuota(ref writer, quota);
        if (advert.StoreReachable is { } store)
            WriteStore(ref writer, store);
        if (!advert.Addresses.IsDefault)
            foreach (var address in advert.Addresses)
                WriteAddress(ref writer, address);
        if (advert.Asks is { } asked)
            WriteAsk(ref writer, asked);
        if (!advert.Answers.IsDefaultOrEmpty)
            WriteAnswers(ref writer, advert.Answers.AsSpan());
        if (!advert.Peers.IsDefault)
            foreach (var peer in advert.Peers)
                WritePeer(ref writer, peer);
    }

    private static void WriteName(ref WireWriter writer, TlvType type, string name)
    {
        Span<byte> utf8 = stackalloc byte[MaxNameBytes];
        var length = Encoding.UTF8.GetBytes(name, utf8);
        writer.U8((byte)type);
        writer.U8((byte)length);
        writer.Bytes(utf8[..length]);
    }

    private static void WriteRelease(ref WireWriter writer, Release release)
    {
        Span<byte> cause = stackalloc byte[MaxCauseBytes];
        var causeBytes = PrintableUtf8(release.Cause, cause);
        writer.U8((byte)TlvType.Release);
        writer.U8((byte)(ReleaseFixedBytes + causeBytes));
        writer.U32(release.Term);
        writer.U32(release.Successor);
        writer.U8((byte)((release.Planned ? ReleaseFlags.Planned : 0) | (release.AtSuccessor ? ReleaseFlags.AtSuccessor : 0) | (release.TakenBack ? ReleaseFlags.TakenBack : 0)));
        writer.U32(release.DetectMs);
        writer.Bytes(cause[..causeBytes]);
    }

    /// <summary>
    /// A cause may come from anywhere (the output of a check): it is cut between two characters, and what cannot be printed is a space.
    /// </summary>
    private static int PrintableUtf8(string text, Span<byte> destination)
    {
        var written = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var printable = rune.IsBmp && !IsPrintable((char)rune.Value) ? new Rune(' ') : rune;
            if (!printable.TryEncodeToUtf8(destination[written..], out var bytes))
                break;
            written += bytes;
        }
        return written;
    }

    private static void WriteService(ref WireWriter writer, ServiceReport service)
    {
        writer.U8((byte)TlvType.Service);
        writer.U8(ServiceBytes);
        writer.U8((byte)service.Sight);
        writer.U8((byte)(service.Proven ? ServiceFlags.Proven : 0));
        writer.U32(Milliseconds(service.Period));
        writer.U32(Milliseconds(service.Age));
        writer.U32(service.FailingFor is { } failing ? Milliseconds(failing) : Never);
        writer.U32(service.SeenAge is { } seen ? Milliseconds(seen) : Never);
    }

    private static void WriteIdentity(ref WireWriter writer, long droplet)
    {
        writer.U8((byte)TlvType.Identity);
        writer.U8(IdentityBytes);
        writer.U64((ulong)droplet);
    }

    private static void WriteQuota(ref WireWriter writer, QuotaReport quota)
    {
        writer.U8((byte)TlvType.Quota);
        writer.U8(QuotaBytes);
        writer.U32((uint)Math.Clamp(quota.Left.Remaining, 0, uint.MaxValue));
        writer.U32((uint)Math.Clamp(quota.Left.Limit, 1, uint.MaxValue));
        writer.U32(Milliseconds(quota.Age));
    }

    private static void WriteStore(ref WireWriter writer, bool reachable)
    {
        writer.U8((byte)TlvType.Store);
        writer.U8(StoreBytes);
        writer.U8((byte)(reachable ? StoreFlags.Reachable : 0));
    }

    private static void WriteAddress(ref WireWriter writer, AddressReport report)
    {
        writer.U8((byte)TlvType.Address);
        writer.U8(AddressBytes);
        writer.U32(report.Address);
        writer.U8((byte)report.Holder.Kind);
        writer.U32(report.Holder.NodeId);
        writer.U64((ulong)report.Holder.DropletId);
        writer.U32(Milliseconds(report.Age));
    }

    private static void WriteAsk(ref WireWriter writer, uint node)
    {
        writer.U8((byte)TlvType.Ask);
        writer.U8(AskBytes);
        writer.U32(node);
    }

    private static void WriteAnswers(ref WireWriter writer, ReadOnlySpan<Answer> answers)
    {
        writer.U8((byte)TlvType.Answers);
        writer.U8(checked((byte)(answers.Length * AnswerBytes)));
        foreach (var answer in answers)
        {
            writer.U32(answer.Node);
            writer.U32(answer.Sequence);
        }
    }

    private static void WritePeer(ref WireWriter writer, PeerReport peer)
    {
        writer.U8((byte)TlvType.Peer);
        writer.U8(PeerBytes);
        writer.U32(peer.Node);
        writer.U64(peer.Session);
        writer.U32(peer.DirectAge is { } direct ? Milliseconds(direct) : Never);
        writer.U32(peer.Age is { } age ? Milliseconds(age) : Never);
        writer.U8((byte)peer.Role);
        writer.U8((byte)FlagsOf(peer));
        writer.U8(peer.EffectivePriority);
    }

    private static AdvertFlags FlagsOf(Advert advert) =>
        (advert.Fit ? AdvertFlags.Fit : 0)
        | (advert.Maintenance ? AdvertFlags.Maintenance : 0)
        | (advert.ApiReachable ? AdvertFlags.ApiReachable : 0)
        | (advert.HoldDown ? AdvertFlags.HoldDown : 0)
        | (advert.WantsToPreempt ? AdvertFlags.WantsToPreempt : 0)
        | (advert.Leaving ? AdvertFlags.Leaving : 0)
        | (advert.AsksByCommand ? AdvertFlags.AsksByCommand : 0)
        | (advert.Demoted ? AdvertFlags.Demoted : 0);

    private static PeerFlags FlagsOf(PeerReport peer) =>
        (peer.Fit ? PeerFlags.Fit : 0)
        | (peer.Maintenance ? PeerFlags.Maintenance : 0)
        | (peer.ApiReachable ? PeerFlags.ApiReachable : 0)
        | (peer.HoldDown ? PeerFlags.HoldDown : 0)
        | (peer.Demoted ? PeerFlags.Demoted : 0)
        | (peer.StoreReachable ? PeerFlags.StoreReachable : 0);

    private static ushort VersionPart(int part) => (ushort)Math.Clamp(part, 0, ushort.MaxValue);

    /// <summary>Whole milliseconds, rounded up; 2^32-2 stands for everything longer, about 50 days.</summary>
    private static uint Milliseconds(TimeSpan span)
    {
        var milliseconds = span.Ticks / TimeSpan.TicksPerMillisecond + (span.Ticks % TimeSpan.TicksPerMillisecond > 0 ? 1 : 0);
        return (uint)Math.Clamp(milliseconds, 0, Never - 1);
    }
}
