using FlipAgent.Config.Secrets;

namespace FlipAgent.Lease;

/// <summary>The user that the store is asked as. A token lasts for minutes only, so a refused one is replaced by another, once for each request.</summary>
/// <param name="name">Null: none.</param>
/// <param name="password">The one in use; null: none could be read yet.</param>
/// <param name="refused">The password was refused, or there is none: reads its file again.</param>
internal sealed class EtcdUser(string? name, Func<Secret?> password, Action refused)
{
    private volatile string? _token;

    /// <summary>The store has no authentication, so whoever reaches it can do anything.</summary>
    public bool Unneeded { get; private set; }

    /// <summary>Null: none is needed, or there is none yet.</summary>
    public string? Token => _token;

    /// <summary>A user is configured and has no token yet.</summary>
    public bool MustLogIn => name is not null && _token is null && !Unneeded;

    /// <summary>Null: there is a token now, or none is needed. Otherwise why not.</summary>
    public async Task<EtcdReply<TokenAnswer>?> LogIn(EtcdMember member, CancellationToken cancel)
    {
        if (name is null)
            return new(EtcdResult.Forbidden, "asks for a user; expected election.lease.username and password_file", null);
        var first = password();
        if (first is null)
        {
            refused();
            first = password();
        }
        if (first is null)
            return new(EtcdResult.Password, "is not asked, for election.lease.password_file cannot be read", null);
        var reply = await Ask(member, first, cancel).ConfigureAwait(false);
        if (reply.Result == EtcdResult.Password)
        {
            refused();
            if (password() is { } second && !second.Equals(first))
                reply = await Ask(member, second, cancel).ConfigureAwait(false);
        }
        if (reply.Result == EtcdResult.Precondition)
        {
            (_token, Unneeded) = (null, true);
            return null;
        }
        _token = reply.Value?.Token;
        Unneeded = false;
        return reply.Result switch
        {
            EtcdResult.Done when _token is { Length: > 0 } token && !token.AsSpan().ContainsAnyExceptInRange('!', '~') => null,
            EtcdResult.Done => new(EtcdResult.Unclear, "gives no token for user and password", null),
            EtcdResult.Password => reply with { Detail = $"refuses user {name}: {reply.Detail}" },
            _ => reply,
        };
    }

    private Task<EtcdReply<TokenAnswer>> Ask(EtcdMember member, Secret secret, CancellationToken cancel) =>
        member.Post("/v3/auth/authenticate", EtcdBodies.Login(name!, secret.Reveal()), token: null, EtcdJson.Default.TokenAnswer, cancel);
}
