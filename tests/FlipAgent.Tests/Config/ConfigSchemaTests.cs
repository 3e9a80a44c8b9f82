using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FlipAgent.Config.Sections;
using FlipAgent.Harness;
using FlipAgent.Tests.Ctl;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FlipAgent.Tests.Config;

/// <summary>deploy/flipagent.schema.json, which editors check the file with: it has the keys of the reader, and takes what the reader takes.</summary>
public sealed class ConfigSchemaTests
{
    private static readonly string s_file = Repository.PathOf("deploy/flipagent.schema.json");
    private static readonly JsonObject s_schema = JsonNode.Parse(ConfigSchema.Text())!.AsObject();

    [Fact]
    public void The_file_is_what_the_program_prints()
    {
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
            File.WriteAllText(s_file, SchemaSource.Text());
        Assert.Equal(SchemaSource.Text(), File.ReadAllText(s_file));
    }

    [Fact]
    public async Task Config_schema_prints_it_without_an_agent()
    {
        var run = await CtlRun.Of("config", "schema");
        Assert.Equal((0, ConfigSchema.Text(), ""), (run.Exit, run.Out, run.Error));
    }

    [Fact]
    public void It_has_the_keys_that_the_reader_asks_for_and_no_other() =>
        Assert.Equal(ConfigReader.KnownKeys(Sample.Complete, Sample.Machine()).Order(StringComparer.Ordinal), Keys(s_schema, "").Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void What_the_reader_accepts_it_accepts()
    {
        string[] files = [Sample.Minimal, Sample.Complete, ConfigTemplate.Text(), ConfigText.Render(Sample.Valid(Sample.Complete)), ConfigText.Render(Sample.Valid(Sample.Minimal)),
            File.ReadAllText(Repository.PathOf("deploy/reference/flipagent.yaml")), File.ReadAllText(Repository.PathOf("deploy/reference/hetzner/flipagent.yaml")),
            File.ReadAllText(Repository.PathOf("deploy/reference/exec/flipagent.yaml")), File.ReadAllText(Repository.PathOf("deploy/apt/flipagent.yaml")),
            Sample.Minimal + "\nalerts:\n  # - slack: {webhook_url_file: x}\ncontrol:\n  # http: off\n",
            Sample.Minimal.Replace("cluster: web-lb", "cluster: 7").Replace("priority: 100", "priority: \"100\"").Replace("{unit: haproxy.service}", "haproxy")];
        Assert.All(files, file => Assert.Equal([], Problems(file)));
    }

    [Theory]
    [InlineData("  key_file", "  intervall: 1s\n  key_file", "election: unknown key intervall")]
    [InlineData("priority: 100", "priority: 300", "nodes[1].priority: 300 fits none of anyOf")]
    [InlineData("priority: 100", "prio: 100", "nodes[1]: unknown key prio")]
    [InlineData("provider: digitalocean", "provider: mars", "floating_ip.provider: mars fits none of anyOf")]
    [InlineData("  key_file", "  interval: 5\n  key_file", "election.interval: 5 is no string")]
    [InlineData("process: {unit: haproxy.service}", "weight: 1", "checks[0]: 0 of oneOf fit")]
    [InlineData("process: {unit: haproxy.service}", "tcp: \"a:1\", http: \"http://a\"", "checks[0]: 2 of oneOf fit")]
    [InlineData("cluster: web-lb", "cluster: a b", "cluster: a b does not match")]
    [InlineData("checks:", "alerts: [{heartbeat: {every: 1m}}]\nchecks:", "alerts[0].heartbeat: 0 of oneOf fit")]
    [InlineData("  provider: digitalocean\n", "", "floating_ip: provider is missing")]
    [InlineData("  address: 203.0.113.10\n", "", "floating_ip: 0 of oneOf fit")]
    [InlineData("droplet_id: 3164445", "server_id: 1, droplet_id: 3164445", "nodes[1]: 2 of oneOf fit")]
    public void What_an_editor_should_underline_it_refuses(string from, string to, string problem) =>
        Assert.Contains(Problems(Sample.Minimal.Replace(from, to)), found => found.StartsWith(problem));

    private static IEnumerable<string> Keys(JsonNode schema, string path)
    {
        foreach (var (key, below) in schema["properties"]?.AsObject() ?? [])
        {
            yield return path + key;
            foreach (var deeper in Keys(below!, path + key + "."))
                yield return deeper;
        }
        foreach (var below in (schema["anyOf"]?.AsArray() ?? []).Append(schema["items"]).OfType<JsonObject>())
            foreach (var deeper in Keys(below, path))
                yield return deeper;
    }

    private static List<string> Problems(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return Check(s_schema, Json(stream.Documents[0].RootNode), "");
    }

    /// <summary>By the core schema of YAML 1.2, as editors read it.</summary>
    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(pair.Key.ToString(), Json(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar when scalar.Value is "" or "null" or "~" => null,
        YamlScalarNode { Style: ScalarStyle.Plain } scalar when scalar.Value is "true" or "false" => JsonValue.Create(scalar.Value == "true"),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar when long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidOperationException(node.GetType().Name),
    };

    /// <summary>As much of JSON Schema as the file uses.</summary>
    private static List<string> Check(JsonNode schema, JsonNode? value, string at)
    {
        var kind = value switch { null => "null", JsonObject => "object", JsonArray => "array", var v => v.GetValueKind() switch { System.Text.Json.JsonValueKind.String => "string", System.Text.Json.JsonValueKind.Number => "integer", _ => "boolean" } };
        string[] types = schema["type"] switch { null => [], JsonArray several => [.. several.Select(one => one!.ToString())], var one => [one.ToString()] };
        var found = new List<string>();
        if (types.Length > 0 && !types.Contains(kind) && !(kind == "integer" && types.Contains("number")))
            found.Add($"{at}: {value} is no {string.Join(" or ", types)}");
        if (schema["enum"] is JsonArray all && !all.Any(one => one!.ToString() == value?.ToString()))
            found.Add($"{at}: {value} is none of {all.ToJsonString()}");
        if (kind == "string" && schema["pattern"] is { } pattern && !Regex.IsMatch(value!.ToString(), pattern.ToString()))
            found.Add($"{at}: {value} does not match {pattern}");
        if (kind == "integer" && schema["minimum"] is { } least && (value!.GetValue<long>() < (long)least || value.GetValue<long>() > (long)schema["maximum"]!))
            found.Add($"{at}: {value} is out of range");
        if (schema["anyOf"] is JsonArray any && !any.Any(one => Check(one!, value, at).Count == 0))
            found.Add($"{at}: {value} fits none of anyOf");
        if (schema["oneOf"] is JsonArray choices && choices.Count(part => Check(part!, value, at).Count == 0) is var fit and not 1)
            found.Add($"{at}: {fit} of oneOf fit");
        if (value is JsonObject map)
            found.AddRange(CheckMap(schema, map, at));
        if (value is JsonArray list && schema["items"] is { } items)
            found.AddRange(list.SelectMany((item, i) => Check(items, item, $"{at}[{i}]")));
        if (value is JsonArray sized && (sized.Count < (int)(schema["minItems"] ?? 0) || sized.Count > (int)(schema["maxItems"] ?? int.MaxValue)))
            found.Add($"{at} has {sized.Count} items");
        return found;
    }

    private static IEnumerable<string> CheckMap(JsonNode schema, JsonObject map, string at)
    {
        foreach (var missing in (schema["required"]?.AsArray() ?? []).Where(key => !map.ContainsKey(key!.ToString())))
            yield return $"{at}: {missing} is missing";
        if (schema["minProperties"] is { } count && map.Count != (int)count)
            yield return $"{at} has {map.Count} keys";
        foreach (var (key, below) in map)
        {
            if (schema["properties"]?[key] is { } known)
                foreach (var problem in Check(known, below, at.Length > 0 ? $"{at}.{key}" : key))
                    yield return problem;
            else if (schema["additionalProperties"]?.GetValueKind() == System.Text.Json.JsonValueKind.False)
                yield return $"{at}: unknown key {key}";
        }
    }
}
