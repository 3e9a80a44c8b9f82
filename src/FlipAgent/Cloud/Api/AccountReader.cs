using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using FlipAgent.Config;
using FlipAgent.Config.Values;
using FlipAgent.Core;
using FlipAgent.Naming;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud.Api;

/// <summary>A machine of the account, at its address in one private network.</summary>
/// <param name="Name">As the account has it: any text.</param>
/// <param name="Network">The network, as the cloud names it; null: not told.</param>
internal sealed record AccountServer(long Id, string Name, IPAddress Address, string? Network);

/// <summary>A floating IP of the account.</summary>
/// <param name="Region">Where it can go; null: not told.</param>
/// <param name="Holder">The server that has it; null: nobody, or the token may not see it.</param>
internal sealed record AccountAddress(IPAddress Address, string? Region, long? Holder);

/// <summary>What a list has, as far as it was read.</summary>
/// <param name="Detail">Why that is not all, without a secret; null: it is all.</param>
internal sealed record Listed<T>(ImmutableArray<T> All, ApiStatus Status, string? Detail);

/// <summary>Lists what an account has, for a first configuration: read only, page after page, with an end in any case.</summary>
/// <param name="pageSize">So many that a page stays below <see cref="HttpLine.MostBytes"/>.</param>
internal abstract class AccountReader(CloudVendor vendor, Uri api, ProviderGround ground, ApiDialect dialect, int pageSize) : IDisposable
{
    private const int MostPages = 20;

    // All lists together: somebody waits.
    private static readonly TimeSpan s_total = TimeSpan.FromSeconds(30);

    private readonly ApiRequests _requests = new(
        ApiRequests.LineTo(new FloatingIpConfig(IPAddress.None, "", null, default, api, api, false) { Vendor = vendor }, ground, out _), ground, new ApiCounters(), dialect);
    private readonly TimeLimit _limit = new(ground.Limit);
    private readonly long _began = Stopwatch.GetTimestamp();

    /// <param name="tag">Only those that have it; null: all.</param>
    public abstract Task<Listed<AccountServer>> Servers(string? tag);

    /// <summary>One machine, once for each private network that it is in.</summary>
    public abstract Task<Listed<AccountServer>> Server(long id);

    /// <summary>The floating IPv4 addresses.</summary>
    public abstract Task<Listed<AccountAddress>> Addresses();

    public void Dispose() => _requests.Dispose();

    /// <param name="path">With its query, if it has one.</param>
    /// <param name="read">What a page has, and whether another one follows; null: it cannot be read.</param>
    protected async Task<Listed<T>> Pages<T>(string path, Func<ApiAnswer, (IEnumerable<T> Items, bool More)?> read)
    {
        var all = ImmutableArray.CreateBuilder<T>();
        for (var page = 1; page <= MostPages && Stopwatch.GetElapsedTime(_began) < s_total; page++)
        {
            var (answer, _, token) = await Get($"{path}{(path.Contains('?') ? '&' : '?')}page={page}&per_page={pageSize}").ConfigureAwait(false);
            if (answer.Status != ApiStatus.Ok)
                return new(all.ToImmutable(), answer.Status, token.Mask(answer.Detail));
            if (read(answer) is not { } one)
                return new(all.ToImmutable(), ApiStatus.Failed, token.Mask(answer.NotUnderstood("the list cannot be read").Detail));
            all.AddRange(one.Items);
            if (!one.More)
                return new(all.ToImmutable(), ApiStatus.Ok, null);
        }
        return new(all.ToImmutable(), ApiStatus.Ok, $"there are more than the {all.Count} that were read");
    }

    protected async Task<Listed<T>> One<T>(string path, Func<ApiAnswer, IEnumerable<T>?> read)
    {
        var (answer, _, token) = await Get(path).ConfigureAwait(false);
        if (answer.Status == ApiStatus.Ok && read(answer) is { } items)
            return new([.. items], ApiStatus.Ok, null);
        return new([], answer.Status == ApiStatus.Ok ? ApiStatus.Failed : answer.Status, token.Mask(answer.Detail));
    }

    /// <summary>An address that a node can have; null: it is none.</summary>
    protected static IPAddress? Unicast(string? text) => text is not null && Scalars.Address(text, out var address) is null ? address : null;

    private Task<ApiRequests.Stamped> Get(string path) => _limit.Run(
        cancel => _requests.Get("survey", path, cancel),
        () => _requests.Unasked(ApiStatus.Failed, $"{_requests.Stage ?? "no answer"} within {_limit.Total.TotalSeconds:0.#} s"));
}
