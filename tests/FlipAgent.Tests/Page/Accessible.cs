using System.Text.Json.Nodes;

namespace FlipAgent.Tests.Page;

/// <summary>The page as the browser hands it to a screen reader (the accessibility tree).</summary>
/// <param name="Landmarks">Role, and name where there is one.</param>
/// <param name="Texts">Every text that is read.</param>
internal sealed record Accessible(
    IReadOnlyList<string> Landmarks, IReadOnlyList<AccessibleHeading> Headings, IReadOnlyList<AccessibleTable> Tables, IReadOnlyList<string> Texts, int LiveRegions)
{
    private static readonly HashSet<string> s_landmarks = ["main", "contentinfo", "navigation", "banner", "complementary", "search", "form"];

    public static async Task<Accessible> Of(Browser browser)
    {
        var nodes = (await browser.Send("Accessibility.getFullAXTree"))["nodes"]!.AsArray().Select(node => node!).ToDictionary(node => (string)node["nodeId"]!);
        var shown = nodes.Values.Where(node => !(bool)node["ignored"]!).ToList();
        return new(
            [.. shown.Where(node => s_landmarks.Contains(Role(node))).Select(node => Name(node) is { Length: > 0 } name ? $"{Role(node)}:{name}" : Role(node))],
            [.. shown.Where(node => Role(node) == "heading").Select(node => new AccessibleHeading((int)Property(node, "level")!, Name(node)))],
            [.. shown.Where(node => Role(node) == "table").Select(node => Table(nodes, node))],
            [.. shown.Where(node => Role(node) == "StaticText").Select(Name)],
            shown.Count(node => Role(node) == "status"));
    }

    private static AccessibleTable Table(Dictionary<string, JsonNode> nodes, JsonNode table)
    {
        var inside = Below(nodes, table).ToList();
        return new(Name(table), [.. inside.Where(node => Role(node) == "columnheader").Select(Name)], [.. inside.Where(node => Role(node) == "rowheader").Select(Name)]);
    }

    private static IEnumerable<JsonNode> Below(Dictionary<string, JsonNode> nodes, JsonNode node) => node["childIds"]!.AsArray()
        .Select(id => nodes.GetValueOrDefault((string)id!)).OfType<JsonNode>().SelectMany(child => Below(nodes, child).Prepend(child));

    private static JsonNode? Property(JsonNode node, string name) => node["properties"]!.AsArray().First(one => (string?)one!["name"] == name)!["value"]!["value"];

    private static string Role(JsonNode node) => (string?)node["role"]?["value"] ?? "";

    private static string Name(JsonNode node) => (string?)node["name"]?["value"] ?? "";
}

internal sealed record AccessibleHeading(int Level, string Name);

/// <param name="Rows">The header of each row.</param>
internal sealed record AccessibleTable(string Name, IReadOnlyList<string> Columns, IReadOnlyList<string> Rows);
