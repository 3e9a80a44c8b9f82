using System.Net;
using FlipAgent.Cloud.Api;
using FlipAgent.Core;
using FlipAgent.Naming;

namespace FlipAgent.Cloud.Hetzner;

/// <summary>Hetzner Cloud's metadata service: it tells which server this is (<c>instance-id</c>), and nothing of floating IPs, so it is no witness.</summary>
internal sealed class HetznerMetadata(Uri url, IPAddress ownAddress) : IMachineMetadata
{
    private readonly MetadataLine _line = new(url, ownAddress, MetadataLine.UsualLimit);

    public bool IsWitness => false;

    public Task<Input.MetadataRead> ReadOnce(IPAddress address) =>
        Task.FromResult(new Input.MetadataRead(Witness.Unknown, "the metadata service of this cloud does not tell"));

    public Task<long?> ReadId() => _line.ReadId(CloudVendor.Hetzner.IdPath!);

    public void Dispose() => _line.Dispose();
}
