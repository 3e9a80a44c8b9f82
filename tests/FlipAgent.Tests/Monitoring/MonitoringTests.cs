using System.Text.Json;
using System.Text.RegularExpressions;
using FlipAgent.Control;
using FlipAgent.Harness;
using FlipAgent.Outbound;
using FlipAgent.Tests.Control;
using YamlDotNet.RepresentationModel;

namespace FlipAgent.Tests.Monitoring;

/// <summary>deploy/monitoring and the runbook: what they name has to exist, and promtool has to accept it.</summary>
public sealed partial class MonitoringTests
{
    private static readonly string s_page = Metrics.Render(
        Reports.Healthy with { FloatingIp = Reports.Healthy.FloatingIp with { RateLimit = 5000, RateLimitRemaining = 4711 } }, Answered(), Reports.Noon);
    private static readonly string s_rules = Repository.PathOf("deploy/monitoring/flipagent.rules.yml");
    private static readonly string s_ruleTests = Repository.PathOf("deploy/monitoring/flipagent.rules.test.yml");
    private static readonly string s_dashboard = Repository.PathOf("deploy/monitoring/flipagent.dashboard.json");

    private static readonly HashSet<string> s_names = [.. TypeLine().Matches(s_page).SelectMany(Families)];

    [Fact]
    public void Every_metric_of_the_rules_and_their_tests_exists()
    {
        Assert.Equal([], Unknown(File.ReadAllText(s_rules)));
        Assert.Equal([], Unknown(File.ReadAllText(s_ruleTests)));
    }

    [Fact]
    public void Every_metric_of_the_dashboard_exists_and_its_panels_are_whole()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(s_dashboard));
        Assert.Equal([], Unknown(dashboard.RootElement.GetRawText()));

        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        foreach (var panel in panels.Where(panel => panel.GetProperty("type").GetString() != "row"))
        {
            Assert.NotEqual("", panel.GetProperty("title").GetString());
            Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray());
            var place = panel.GetProperty("gridPos");
            Assert.InRange(place.GetProperty("x").GetInt32() + place.GetProperty("w").GetInt32(), 1, 24);
        }
    }

    [Fact]
    public void A_state_that_a_rule_or_a_panel_asks_for_can_be()
    {
        foreach (Match asked in AskedState().Matches(File.ReadAllText(s_rules) + File.ReadAllText(s_dashboard).Replace("\\\"", "\"")))
            foreach (var value in asked.Groups[3].Value.Split('|'))
                Assert.Matches($"{asked.Groups[1].Value}{{[^}}]*{asked.Groups[2].Value}=\"{value}\"", s_page);
    }

    [Fact]
    public void Each_alert_has_its_section_of_the_runbook_and_each_section_its_alert()
    {
        var rules = Rules().ToList();
        var sections = Headings().Matches(File.ReadAllText(Repository.PathOf("docs/runbook.md"))).Select(heading => heading.Groups[1].Value).ToList();

        Assert.Equal(rules.Select(rule => rule.Alert).Order(), sections.Order());
        foreach (var (alert, rule) in rules)
        {
            var annotations = (YamlMappingNode)rule["annotations"];
            Assert.EndsWith($"/docs/runbook.md#{alert.ToLowerInvariant()}", annotations["runbook_url"].ToString());
            Assert.NotEqual("", annotations["summary"].ToString());
            Assert.NotEqual("", annotations["description"].ToString());
            Assert.Contains(rule["labels"]["severity"].ToString(), (string[])["critical", "warning", "info"]);
        }
    }

    [Fact]
    public void Each_alert_has_a_test_in_which_it_is_silent_and_one_in_which_it_fires()
    {
        var tests = ((YamlSequenceNode)Load(s_ruleTests)["tests"]).SelectMany(test => (YamlSequenceNode)test["alert_rule_test"])
            .ToLookup(test => test["alertname"].ToString(), test => ((YamlSequenceNode)test["exp_alerts"]).Any());

        foreach (var (alert, _) in Rules())
            Assert.Equal([false, true], tests[alert].Order());
    }

    [NeedsFact("promtool")]
    public void Promtool_accepts_the_rules_and_each_alert_fires_when_it_should()
    {
        var check = Shell.Run("promtool", "check", "rules", s_rules);
        Assert.True(check.Code == 0, check.Text);
        // It makes a database for each test, and waits for the disk each time.
        var inMemory = new Dictionary<string, string> { ["TMPDIR"] = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath() };
        var test = Shell.Run("promtool", ["test", "rules", s_ruleTests], environment: inMemory);
        Assert.True(test.Code == 0, test.Text);
    }

    [NeedsFact("promtool")]
    public void Promtool_has_no_objection_to_the_metrics()
    {
        var check = Shell.Run("promtool", ["check", "metrics"], input: s_page);
        Assert.Equal((0, ""), (check.Code, check.Text));
    }

    private static IEnumerable<(string Alert, YamlNode Rule)> Rules() =>
        from @group in (YamlSequenceNode)Load(s_rules)["groups"]
        from rule in (YamlSequenceNode)@group["rules"]
        select (rule["alert"].ToString(), rule);

    private static YamlMappingNode Load(string path)
    {
        using var text = new StreamReader(path);
        var stream = new YamlStream();
        stream.Load(text);
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    private static IEnumerable<string> Unknown(string text) => Metric().Matches(text).Select(name => name.Value).Where(name => !s_names.Contains(name)).Distinct();

    private static IEnumerable<string> Families(Match type) => type.Groups[2].Value == "histogram"
        ? [type.Groups[1].Value + "_bucket", type.Groups[1].Value + "_sum", type.Groups[1].Value + "_count"]
        : [type.Groups[1].Value];

    /// <summary>An agent that the API has answered, so that nothing is missing from the page.</summary>
    private static Counters Answered()
    {
        var counters = new Counters { Api = FlipAgent.Cloud.Api.ApiCounters.OfHttp("read_holder", "assign") };
        using var response = new HttpResponseMessage
        { Headers = { { "ratelimit-remaining", "4711" }, { "ratelimit-limit", "5000" }, { "ratelimit-reset", "1900000000" }, { "Date", "Thu, 01 Jan 2026 12:00:00 GMT" } } };
        counters.Api.Count("read_holder", new HttpAnswer(Exchange.Answered, "") { Code = 200, Headers = response.Headers }, TimeSpan.FromMilliseconds(300));
        foreach (var check in Reports.Healthy.Checks)
            counters.CheckSeconds[check.Name] = 0.002;
        return counters;
    }

    [GeneratedRegex("(?m)^# TYPE ([a-z0-9_]+) ([a-z]+)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"\b(flipagent_[a-z0-9_]+|process_[a-z0-9_]+)\b")]
    private static partial Regex Metric();

    [GeneratedRegex("(?m)^## (.+)$")]
    private static partial Regex Headings();

    [GeneratedRegex("(flipagent_[a-z_]+)\\{[^}]*?(state|role|owner|result|code|kind)=~?\"([^\"]+)\"")]
    private static partial Regex AskedState();
}
