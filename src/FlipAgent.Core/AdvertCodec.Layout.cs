namespace FlipAgent.Core;

// Where things stand in the datagram; the same table is in docs/wire.md. Like the printed boxes of a form: both who fills it in and who reads it
// go by them.
public static partial class AdvertCodec
{
    private const int KeyIdAt = 1;
    private const int LengthAt = 2;
    private const int SessionAt = 4;
    private const int SequenceAt = 12;
    private const int TermAt = 16;
    private const int RoleAt = 20;
    private const int PriorityAt = 21;
    private const int EffectivePriorityAt = 22;
    private const int FlagsAt = 23;
    private const int ConfigHashAt = 24;
    private const int AgentVersionAt = 32;
    private const int HolderKindAt = 38;
    private const int HolderNodeAt = 40;
    private const int HolderDropletAt = 44;
    private const int HolderAgeAt = 52;
    private const int MasterAt = 56;
    private const int MasterTermAt = 60;
    private const int MasterAgeAt = 64;
    private const int HoldAt = 68;
    private const int FixedBytes = 72;

    private const int ReleaseFixedBytes = 13;
    private const int PeerBytes = 23;
    private const int ServiceBytes = 18;
    private const int IdentityBytes = 8;
    private const int AskBytes = 4;
    private const int AnswerBytes = 8;
    private const int QuotaBytes = 12;
    private const int AddressBytes = 21;
    private const int StoreBytes = 1;

    /// <summary>An age on the wire that means: never.</summary>
    private const uint Never = uint.MaxValue;

    private enum TlvType : byte
    {
        Cluster = 1,
        Node = 2,
        Release = 3,
        Peer = 4,
        Service = 5,
        Identity = 6,
        Ask = 7,
        Answers = 8,
        Quota = 9,
        Address = 10,
        Store = 11,
        Particulars = 12,
    }

    /// <summary>Bits that this version does not know are ignored, like an unknown TLV.</summary>
    [Flags]
    private enum AdvertFlags : byte
    {
        Fit = 1,
        Maintenance = 2,
        ApiReachable = 4,
        HoldDown = 8,
        WantsToPreempt = 16,
        Leaving = 32,
        AsksByCommand = 64,
        Demoted = 128,
    }

    [Flags]
    private enum ReleaseFlags : byte
    {
        Planned = 1,
        AtSuccessor = 2,
        TakenBack = 4,
    }

    [Flags]
    private enum PeerFlags : byte
    {
        Fit = 1,
        Maintenance = 2,
        ApiReachable = 4,
        HoldDown = 8,
        Demoted = 16,
        StoreReachable = 32,
    }

    [Flags]
    private enum StoreFlags : byte
    {
        Reachable = 1,
    }

    [Flags]
    private enum ServiceFlags : byte
    {
        Proven = 1,
    }
}
