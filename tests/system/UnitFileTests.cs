using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>The unit files as files: no machine is booted.</summary>
public class UnitFileTests
{
    private static readonly string s_unit = Repository.PathOf("deploy/systemd/flipagent.service");
    private static readonly string s_template = Repository.PathOf("deploy/systemd/flipagent@.service");

    [SystemFact]
    public void Exposure_is_at_most_1_5()
    {
        foreach (var unit in (string[])[s_unit, s_template])
        {
            var analysed = Shell.Run("systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", unit);
            Assert.True(analysed.Code == 0, analysed.Text);
            Assert.Contains("Overall exposure level", analysed.Out);
        }
    }

    [SystemFact]
    public void The_template_differs_from_the_unit_in_paths_only()
    {
        var template = Directives(s_template)
            .Select(line => line.Replace("/etc/flipagent/%i.yaml", "/etc/flipagent/flipagent.yaml", StringComparison.Ordinal)
                .Replace(" --socket /run/flipagent-%i/control.sock", "", StringComparison.Ordinal)
                .Replace("flipagent-%i", "flipagent", StringComparison.Ordinal)
                .Replace(" for %i", "", StringComparison.Ordinal));
        Assert.Equal(Directives(s_unit), template);
    }

    [SystemFact]
    public void The_unit_stops_before_haproxy_and_the_network_do()
    {
        var after = Directives(s_unit).Single(line => line.StartsWith("After=", StringComparison.Ordinal))["After=".Length..].Split(' ');
        Assert.Subset(after.ToHashSet(), new HashSet<string> { "network-online.target", "haproxy.service", "dbus.service" });
        Assert.DoesNotContain(Directives(s_unit), line => line.StartsWith("Requires=", StringComparison.Ordinal) || line.StartsWith("BindsTo=", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Directives(string file) => File.ReadLines(file).Where(line => line.Length > 0 && line[0] != '#');
}
