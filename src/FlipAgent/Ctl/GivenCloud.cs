using FlipAgent.Config.Yaml;

namespace FlipAgent.Ctl;

/// <summary>What the options of <c>init</c> say of the way to the cloud, for the first file. Null: as usual.</summary>
/// <param name="TokenFile">The file with the token.</param>
internal sealed record GivenCloud(string? TokenFile, Uri? Api, Uri? Metadata)
{
    /// <summary>The lines of the commented example with it filled in.</summary>
    public string Text(string example) => string.Join('\n', example.Split('\n').Select(Line));

    /// <inheritdoc cref="Text"/>
    public string Line(string line)
    {
        if (TokenFile is not null && line.StartsWith("  token_file: ", StringComparison.Ordinal))
            return $"  token_file: {YamlText.Quote(TokenFile)}";
        if (Api is not null && line.StartsWith("  # api_url: ", StringComparison.Ordinal))
            return $"  api_url: {YamlText.Quote(Short(Api))}";
        return Metadata is not null && line.StartsWith("  # metadata_url: ", StringComparison.Ordinal) ? $"  metadata_url: {YamlText.Quote(Short(Metadata))}" : line;
    }

    private static string Short(Uri url) => $"{url}".TrimEnd('/');
}
