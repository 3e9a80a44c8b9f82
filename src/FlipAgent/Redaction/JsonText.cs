namespace FlipAgent.Redaction;

/// <summary>Text in JSON that somebody else has written.</summary>
internal static class JsonText
{
    /// <summary>What the parser gives; null where an escape in it stands for no character, such as \ud800 without its other half, which the parser finds out only then.</summary>
    public static string? Of(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
