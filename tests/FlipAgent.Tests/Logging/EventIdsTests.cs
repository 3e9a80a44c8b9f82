using System.Text.RegularExpressions;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Logging;

namespace FlipAgent.Tests.Logging;

/// <summary>Every kind of event has its number, and every number its explanation.</summary>
public partial class EventIdsTests
{
    private static readonly EventKind[] s_kinds = Enum.GetValues<EventKind>();

    [Fact]
    public void Every_kind_has_a_number_of_its_own()
    {
        var ids = s_kinds.Select(EventIds.Of).Append(EventIds.LogDropped).ToList();
        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{32}$", id));
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void Names_are_the_kinds_in_kebab_case()
    {
        Assert.Equal("became-master", EventIds.Name(EventKind.BecameMaster));
        Assert.Equal("service-alive-master-silent", EventIds.Name(EventKind.ServiceAliveMasterSilent));
        Assert.All(s_kinds, kind => Assert.Matches("^[a-z]+(-[a-z]+)*$", EventIds.Name(kind)));
    }

    [Fact]
    public void The_catalog_explains_every_number_and_no_other()
    {
        var entries = CatalogId().Matches(Catalog()).Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(entries.Count, entries.Distinct().Count());
        Assert.Equal(s_kinds.Select(EventIds.Of).Append(EventIds.LogDropped).Order(), entries.Order());
    }

    [Fact]
    public void Every_catalog_entry_has_a_subject_an_explanation_and_what_to_do()
    {
        foreach (var entry in Catalog().Split("-- ").Skip(1))
        {
            Assert.Matches(@"^[0-9a-f]{32}\nSubject: \S.{10,}\nDefined-By: flipagent\nDocumentation: man:flipagent\(8\)\n\n\S[\s\S]{5,}\n\nWhat to do: \S", entry);
        }
    }

    [Fact]
    public void The_catalog_uses_only_fields_that_every_event_has()
    {
        var used = Field().Matches(Catalog()).Select(m => m.Groups[1].Value).Distinct();
        Assert.Subset(new HashSet<string> { "FLIPAGENT_NODE", "FLIPAGENT_FIP", "FLIPAGENT_TERM" }, used.ToHashSet());
    }

    private static string Catalog() => File.ReadAllText(Repository.PathOf("deploy/systemd/flipagent.catalog"));

    [GeneratedRegex("^-- ([0-9a-f]{32})$", RegexOptions.Multiline)]
    private static partial Regex CatalogId();

    [GeneratedRegex("@([A-Z_]+)@")]
    private static partial Regex Field();
}
