using System.Collections.Immutable;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;

namespace FlipAgent.Config.Sections;

/// <summary>The mapping <c>election.lease</c>: the store without whose lease no node is master (docs/lease.md).</summary>
internal static class LeaseSection
{
    public static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(5);
    public const string DefaultPrefix = "/flipagent";
    public const int MostEndpoints = 9;

    private const int LongestPrefix = 100;
    private const string Example = "https://10.110.0.5:2379";

    private static readonly Parse<TimeSpan> s_ttlRange = Duration.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(60));

    /// <summary>Null: there is none.</summary>
    /// <param name="election">The mapping that it stands in.</param>
    public static LeaseConfig? Read(Section election)
    {
        if (!election.Has("lease"))
            return null;
        var section = election.Child("lease");
        if (section.Broken)
            return null;
        var endpoints = Endpoints(section);
        var lease = new LeaseConfig(new(endpoints), section.Optional("ttl", Ttl, DefaultTtl), section.Optional<string>("prefix", Prefix, DefaultPrefix))
        {
            CaFile = section.Optional<string?>("ca_file", File, null),
            CertFile = section.Optional<string?>("cert_file", File, null),
            CertKeyFile = section.Optional<string?>("cert_key_file", SecretFile, null),
            Username = section.Optional<string?>("username", Username, null),
            PasswordFile = section.Optional<string?>("password_file", SecretFile, null),
        };
        Together(section, "cert_file", "cert_key_file");
        Together(section, "username", "password_file");
        Encrypted(section, endpoints);
        section.Done();
        return lease;
    }

    private static ImmutableArray<Uri> Endpoints(Section section)
    {
        if (!section.Has("etcd"))
        {
            section.Required<Uri>("etcd", $"the URLs of etcd, such as [\"{Example}\"]", Endpoint, new Uri(Example));
            return [];
        }
        var endpoints = section.OneOrMore<Uri>("etcd", Endpoint, new Uri(Example));
        if (endpoints.Length is 0 or > MostEndpoints)
            section.Error("etcd", $"has {endpoints.Length} URLs; expected 1 to {MostEndpoints}, one for each member");
        if (!section.Diagnostics.Any && endpoints.GroupBy(e => e).FirstOrDefault(same => same.Count() > 1) is { Key: var twice })
            section.Error("etcd", $"{Text(twice)} is there twice; expected each member once");
        return endpoints;
    }

    /// <summary>What is sent in the clear, and what is there for an encrypted connection and has none.</summary>
    private static void Encrypted(Section section, ImmutableArray<Uri> endpoints)
    {
        var open = endpoints.Where(Urls.IsOpenToOthers).ToList();
        if (open.Count > 0)
            section.Diagnostics.Warn($"{section.PathOf("etcd")} has http:// to {string.Join(" and ", open.Select(e => e.Host).Distinct())}: "
                + $"{(section.Has("password_file") ? "the password can be read on the way, and " : "")}who is on the way can give the lease to two nodes at once");
        if (endpoints.IsEmpty || endpoints.Any(e => e.Scheme == Uri.UriSchemeHttps))
            return;
        foreach (var key in (string[])["ca_file", "cert_file", "cert_key_file"])
            if (section.Has(key))
                section.Error(key, $"goes with https:// only, and {section.PathOf("etcd")} has none; expected https:// there, or the key left out");
    }

    private static void Together(Section section, string one, string other)
    {
        foreach (var (there, missing) in (ReadOnlySpan<(string, string)>)[(one, other), (other, one)])
            if (section.Has(there) && !section.Has(missing))
                section.Error(there, $"is there without {missing}; expected both or neither");
    }

    /// <summary>As it stands in the file, without the slash that <see cref="Uri"/> puts after it.</summary>
    public static string Text(Uri endpoint) => endpoint.GetLeftPart(UriPartial.Authority) + (endpoint.IsDefaultPort ? $":{endpoint.Port}" : "");

    private static string? Endpoint(string text, out Uri value)
    {
        if (Urls.Web(text, out value) is { } complaint)
            return complaint;
        if (value.PathAndQuery is not ("/" or ""))
            return $"has a path; expected scheme, host and port, such as {Example}";
        return value.IsDefaultPort && !text.TrimEnd('/').EndsWith($":{value.Port}", StringComparison.Ordinal)
            ? $"has no port; expected one such as {Example}"
            : null;
    }

    private static string? Ttl(string text, out TimeSpan value)
    {
        if (s_ttlRange(text, out value) is { } complaint)
            return complaint;
        return value.Ticks % TimeSpan.TicksPerSecond != 0 ? "is no whole number of seconds, in which etcd counts; expected 2s to 60s, such as 5s" : null;
    }

    private static string? Prefix(string text, out string value)
    {
        value = text;
        const string expected = "expected a slash and a name, such as /flipagent";
        if (Echo.IsSecretLike(text))
            return $"looks like a secret; {expected}";
        if (text.Length > LongestPrefix)
            return $"has {text.Length} characters; expected at most {LongestPrefix}";
        if (!text.StartsWith('/') || text.EndsWith('/') || text.Contains("//"))
            return $"does not begin with a slash, ends with one or has two in a row; {expected}";
        return text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-')
            ? null
            : "has a character that is not allowed; expected letters, digits, slashes, dots, underscores and dashes";
    }

    private static string? Username(string text, out string? value)
    {
        value = text;
        if (Echo.IsSecretLike(text))
            return "looks like a secret; expected the name of a user of etcd, and the password in password_file";
        return text.Length > 100 ? $"has {text.Length} characters; expected at most 100" : Scalars.Line(text, out _);
    }

    private static string? File(string text, out string? value)
    {
        value = text;
        return text.StartsWith("-----BEGIN", StringComparison.Ordinal) ? "is the certificate itself; expected the name of a file that holds it" : Scalars.Path(text, out _);
    }

    private static string? SecretFile(string text, out string? value)
    {
        var complaint = text.StartsWith("-----BEGIN", StringComparison.Ordinal)
            ? "looks like the secret itself; expected the name of a file that holds it, with mode 0640 and group flipagent"
            : SecretName.Parse(text, out _);
        value = complaint is null ? text : "";
        return complaint;
    }
}
