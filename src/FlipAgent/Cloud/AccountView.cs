using System.Collections.Immutable;
using FlipAgent.Cloud.Api;
using FlipAgent.Core;

namespace FlipAgent.Cloud;

/// <summary>What the account of a machine has around it: who else is in its private network, and which floating IPs could come here. For a first configuration.</summary>
/// <param name="Own">This machine in the private network that counts; null: the account does not show it.</param>
/// <param name="Servers">The others in that network, by name.</param>
/// <param name="Addresses">The floating IPs of the region; empty where they were not asked for.</param>
/// <param name="Complete">Both lists were read whole.</param>
/// <param name="Problems">Why not, one sentence each, without a secret.</param>
internal sealed record AccountView(
    AccountServer? Own, ImmutableArray<AccountServer> Servers, ImmutableArray<AccountAddress> Addresses, bool Complete, ImmutableArray<string> Problems)
{
    /// <summary>Asks no more than is needed: the list of servers; this one alone where the list need not have it; the floating IPs when none is here.</summary>
    /// <param name="tag">Look among the machines that have it; null: among all.</param>
    /// <param name="token">How the token is called in a sentence, such as "the token in FILE".</param>
    public static async Task<AccountView> Of(AccountReader reader, OwnMachine machine, string? tag, string token)
    {
        var say = new Sentences(machine, tag, token);
        var servers = await reader.Servers(tag).ConfigureAwait(false);
        var problems = ImmutableArray.CreateBuilder<string>();
        if (servers.Detail is not null)
            problems.Add(say.Of($"{machine.Vendor.Server}s", servers.Status, servers.Detail));
        if (servers.Status is not (ApiStatus.Ok or ApiStatus.Forbidden))
            return new(null, [], [], false, problems.ToImmutable());

        var own = Mine(servers.All, machine);
        if (own is null && servers.Status == ApiStatus.Ok && (tag is not null || servers.Detail is not null))
            own = Mine((await reader.Server(machine.Id).ConfigureAwait(false)).All, machine);
        if (own is null && servers.Status == ApiStatus.Ok)
        {
            problems.Add(say.Elsewhere());
            return new(null, [], [], false, problems.ToImmutable());
        }

        Listed<AccountAddress> addresses = machine.FloatingIp is null ? await reader.Addresses().ConfigureAwait(false) : new([], ApiStatus.Ok, null);
        if (addresses.Detail is not null)
            problems.Add(say.Of($"{machine.Vendor.Address}s", addresses.Status, addresses.Detail));
        return new(
            own,
            [.. servers.All.Where(server => own is not null && server.Id != machine.Id && server.Network == own.Network).OrderBy(server => server.Name, StringComparer.Ordinal)],
            [.. addresses.All.Where(one => machine.Region is null || one.Region is null || one.Region == machine.Region)],
            problems.Count == 0, problems.ToImmutable());
    }

    /// <summary>Who in the network has this floating IP; null: nobody there.</summary>
    public string? HolderName(AccountAddress address) =>
        address.Holder is not { } id ? null : id == Own?.Id ? Own.Name : Servers.FirstOrDefault(server => server.Id == id)?.Name;

    private static AccountServer? Mine(ImmutableArray<AccountServer> servers, OwnMachine machine)
    {
        var mine = servers.Where(server => server.Id == machine.Id).ToList();
        return mine.FirstOrDefault(server => server.Address.Equals(machine.Address)) ?? mine.FirstOrDefault();
    }

    private sealed record Sentences(OwnMachine Machine, string? Tag, string Token)
    {
        public string Of(string what, ApiStatus status, string detail) => status switch
        {
            ApiStatus.Ok => $"not all {what} were read: {detail}{(Tag is null ? "; --tag narrows the search" : "")}",
            ApiStatus.Unauthorized => $"the API of {Machine.Vendor.Title} does not accept {Token} ({detail})",
            ApiStatus.Forbidden => $"{Token} is not allowed to list {what} ({detail}); it takes one {Machine.Vendor.Token}{(Tag is not null && Machine.Vendor.TagScope is { } scope ? $", and for --tag the scope {scope}" : "")}",
            ApiStatus.RateLimited => $"the API of {Machine.Vendor.Title} wants no more requests for now ({detail})",
            _ => $"the API of {Machine.Vendor.Title} did not tell the {what}: {detail}",
        };

        public string Elsewhere() =>
            $"the account of {Token} does not show {Machine.Vendor.Server} {Machine.Id} in a private network: another account's token, or no private network here";
    }
}
