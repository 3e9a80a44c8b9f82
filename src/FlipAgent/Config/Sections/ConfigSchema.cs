namespace FlipAgent.Config.Sections;

/// <summary>The configuration file as a JSON Schema (json-schema.org, draft 2020-12), for editors: deploy/flipagent.schema.json, as it was when the program was built.</summary>
public static class ConfigSchema
{
    /// <summary>The schema as text, with line breaks.</summary>
    public static string Text()
    {
        using var stream = typeof(ConfigSchema).Assembly.GetManifestResourceStream("flipagent.schema.json") ?? throw new InvalidOperationException("the program was built without its schema");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
