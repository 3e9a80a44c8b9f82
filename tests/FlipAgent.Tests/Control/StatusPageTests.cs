using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FlipAgent.Control;
using FlipAgent.Reporting;

namespace FlipAgent.Tests.Control;

/// <summary>The status page: what a browser is allowed, what it shows, and how it is kept up to date.</summary>
public class StatusPageTests
{
    [Fact]
    public async Task The_browser_takes_the_style_and_the_script_of_the_page_and_nothing_else()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);
        var answer = await client.GetAsync("/");
        var page = await answer.Content.ReadAsStringAsync();
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.DoesNotContain("unsafe", policy);
        Assert.Contains($"style-src '{Hash(page, "style")}'", policy);
        Assert.Contains($"script-src '{Hash(page, "script")}'", policy);
        Assert.DoesNotMatch(@" (style|on[a-z]+|src)=| href=""(?!data:,|v1/|metrics|\?)", Regex.Replace(page, "<(style|script)>.*?</(style|script)>", "", RegexOptions.Singleline));
    }

    [Fact]
    public void The_moves_are_drawn_to_one_scale()
    {
        EventReport[] events = [Move(1, 0, 900, 100), Move(2, 500, 1000, 500)];
        var page = StatusPage.Content(Reports.Healthy, events, Reports.Noon);
        Assert.Contains("the longest bar is 2.0 s", page);
        // The latest first.
        Assert.Equal(["250", "500", "250", "0", "450", "50"], Regex.Matches(page, "width=\"([0-9.]+)\" height=\"14\"").Select(m => m.Groups[1].Value));
        Assert.DoesNotContain("The last moves", StatusPage.Content(Reports.Healthy, [], Reports.Noon));
    }

    [Fact]
    public void What_changes_is_one_line_and_every_cell_has_its_label()
    {
        var page = StatusPage.Content(Reports.Degraded, [Reports.Event(1, 8, "x", "a\nb<c>")], Reports.Noon);
        Assert.DoesNotContain('\n', page);
        Assert.Equal(Regex.Count(page, "<(td|th scope=\"row\")"), Regex.Count(page, "<(td|th scope=\"row\") role=\"[a-z]+\" data-label=\"[A-Za-z ]+\""));
        Assert.Contains("a&#xA;b&lt;c&gt;", page);
    }

    [Fact]
    public async Task Live_sends_the_sections_again_and_again_and_a_change_arrives()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);
        using var answer = await client.GetAsync("/live", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no", answer.Headers.GetValues("X-Accel-Buffering").Single());
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("retry: 2000", await reader.ReadLineAsync());
        Assert.Contains("class=\"ok\"", await Next(reader));
        agent.Report = Reports.Degraded;
        while (!(await Next(reader)).Contains("class=\"degraded\"", StringComparison.Ordinal))
        {
        }
    }

    private static async Task<string> Next(StreamReader reader)
    {
        while (true)
            if (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { Length: > 0 } line)
                return line;
    }

    private static EventReport Move(long id, double detect, double assign, double verify) =>
        Reports.Event(id, 7, "claim-held", "x") with { Peer = "haproxy-2", DetectMs = detect, AssignMs = assign, VerifyMs = verify };

    private static string Hash(string page, string element)
    {
        var text = Regex.Match(page, $"<{element}>(.*?)</{element}>", RegexOptions.Singleline).Groups[1].Value;
        return "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
