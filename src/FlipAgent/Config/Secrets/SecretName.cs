using FlipAgent.Config.Values;

namespace FlipAgent.Config.Secrets;

/// <summary>
/// The name of a file that holds a secret. The file's name is told to everybody, its content to nobody; so this refuses a value that looks like
/// the content, which is what ends up here when somebody takes "token_file" for "token".
/// </summary>
internal static class SecretName
{
    private static readonly string[] s_beginnings = ["hooks.slack.com/", "dop_v1_", "doo_v1_", "dor_v1_", "xox"];

    public static string? Parse(string text, out string value)
    {
        if (LooksLikeTheSecret(text))
        {
            value = "";
            return "looks like the secret itself; expected the name of a file that holds it, with mode 0640 and group flipagent";
        }

        return Scalars.Path(text, out value);
    }

    private static bool LooksLikeTheSecret(string text) =>
        text.Contains("://") ||
        s_beginnings.Any(b => text.StartsWith(b, StringComparison.OrdinalIgnoreCase)) ||
        (Echo.IsSecretLike(text) && !text.Contains('/'));
}
