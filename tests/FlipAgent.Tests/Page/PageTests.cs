using System.Net;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Page;

/// <summary>The status page in a real browser, in each of its states: what can be read, by whom, and with what.</summary>
[Trait("Category", "Browser")]
public sealed class PageTests
{
    private static readonly string s_audit = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Page", "audit.js"));

    public static TheoryData<string> States => [.. PageStates.All.Keys];

    [NeedsTheory("chromium")]
    [MemberData(nameof(States))]
    public async Task Can_be_read_and_heard_at_each_width_dark_and_light(string state)
    {
        await using var agent = await Serve(state);
        await using var browser = await Browser.Start();
        foreach (var (width, dark) in new[] { (320, false), (390, false), (390, true), (768, false), (1280, false), (1280, true) })
        {
            await browser.Look(width, dark);
            await browser.Open(agent.Http);
            var wrong = await browser.Value<string[]>(s_audit);
            Assert.True(wrong.Length == 0, $"{state}, {width} px, {(dark ? "dark" : "light")}:\n{string.Join('\n', wrong)}");
            Assert.Equal(dark ? "rgb(18, 22, 28)" : "rgb(255, 255, 255)", await browser.Value<string>("getComputedStyle(document.body).backgroundColor"));
            await Heard(browser, state, narrow: width < 720);
        }
        Quiet(browser, agent.Http);
    }

    [NeedsFact("chromium")]
    public async Task Every_control_is_reached_by_the_tabulator_and_shows_that_it_is()
    {
        await using var agent = await Serve("ok");
        await using var browser = await Browser.Start();
        foreach (var (width, dark) in new[] { (390, false), (390, true), (1280, false), (1280, true) })
        {
            await browser.Look(width, dark);
            await browser.Open(agent.Http);
            var all = await browser.Value<string[]>("[...document.querySelectorAll('a,button,input,select,textarea,[tabindex]')].filter(e=>e.checkVisibility()).map(e=>e.textContent)");
            Assert.Equal(["Pause updates", "status", "events", "metrics"], all);
            foreach (var one in all)
            {
                await browser.Press("Tab", 9);
                Assert.Equal(one, await browser.Value<string>("document.activeElement.textContent"));
                var style = await browser.Value<string>("(s=>s.outlineStyle+' '+s.outlineWidth+' '+s.outlineColor)(getComputedStyle(document.activeElement))");
                Assert.Equal(dark ? "solid 3px rgb(127, 178, 240)" : "solid 3px rgb(31, 95, 174)", style);
            }
        }
    }

    [NeedsFact("chromium")]
    public async Task The_bars_of_the_moves_are_to_one_scale()
    {
        await using var agent = await Serve("ok");
        await using var browser = await Browser.Start();
        foreach (var width in new[] { 390, 1280 })
        {
            await browser.Look(width, dark: false);
            await browser.Open(agent.Http);
            var bars = await browser.Value<double[][]>("[...document.querySelectorAll('.moves svg')].map(s=>[...s.querySelectorAll('rect')].map(r=>r.getBoundingClientRect().width))");
            var whole = await browser.Value<double>("document.querySelector('.moves svg').getBoundingClientRect().width");
            Assert.InRange(whole, 0.8 * Math.Min(width, 1152), width);
            double[] took = [12, 1100, 240, 903, 2040, 1310];
            var scale = whole / took.Skip(3).Sum();
            Assert.All(bars.SelectMany(bar => bar).Zip(took), one => Assert.InRange(one.First, one.Second * scale - 0.6, one.Second * scale + 0.6));
            Assert.Equal(took.Length, bars.Sum(bar => bar.Length));
        }
    }

    [NeedsFact("chromium")]
    public async Task Works_without_scripts()
    {
        await using var agent = await Serve("ok");
        await using var browser = await Browser.Start();
        await browser.Send("Emulation.setScriptExecutionDisabled", new() { ["value"] = true });
        foreach (var width in new[] { 390, 1280 })
        {
            agent.Report = Reports.Healthy;
            await browser.Look(width, dark: false);
            await browser.Open(agent.Http);
            Assert.Empty(await browser.Value<string[]>(s_audit));
            Assert.True(await browser.Value<bool>("document.body.innerText.includes('This page is loaded again every 2 s') && !document.getElementById('pause').checkVisibility()"));
            agent.Report = Reports.Degraded;
            await browser.Becomes("document.querySelector('h1').className==='degraded'");
        }
        // Who reads slowly, or has it read to him, stops that.
        await browser.Open(new(agent.Http, "?still=1"));
        var loads = browser.Loads;
        await Task.Delay(TimeSpan.FromSeconds(3.5));
        Assert.Equal(loads, browser.Loads);
        Assert.True(await browser.Value<bool>("document.body.innerText.includes('This page does not change')"));
        Quiet(browser, agent.Http);
    }

    /// <summary>What a screen reader gets: the landmarks, one heading of the first level with the verdict, tables with a name and headers.</summary>
    private static async Task Heard(Browser browser, string state, bool narrow)
    {
        var (status, events) = PageStates.All[state];
        var parts = await Accessible.Of(browser);
        Assert.Equal(["main", "contentinfo", "navigation:For programs"], parts.Landmarks);
        Assert.Single(parts.Headings, heading => heading.Level == 1 && heading.Name.StartsWith(status.Verdict.ToUpperInvariant(), StringComparison.Ordinal));
        var tables = parts.Tables.ToDictionary(table => table.Name);
        var cluster = tables[$"Cluster {status.Cluster}, floating IP {status.FloatingIp.Address}"];
        Assert.Equal(["Node", "Role", "Priority", "Fit", "API", "Holds", "Sees it", "Heard", "Version"], cluster.Columns);
        Assert.Equal(status.Nodes.Select(node => node.Name + (node.Name == status.Node ? " (this node)" : "")), cluster.Rows);
        Assert.Equal(status.FloatingIps is { Count: > 1 }, tables.ContainsKey("Floating IPs"));
        Assert.Equal(status.Checks.Count > 0, tables.ContainsKey("Checks of this node"));
        Assert.Equal(events.Count > 0, tables.ContainsKey("Last events"));
        // Where a row is a block, each cell shows its column to the eye: it is heard already, as the header.
        Assert.Equal(narrow, await browser.Value<bool>("getComputedStyle(document.querySelector('td'),'::before').content!=='none'"));
        Assert.Single(parts.Texts, text => text == "Priority");
        Assert.Equal(2, parts.LiveRegions);
    }

    /// <summary>Not a word of complaint, and nothing asked of anybody else.</summary>
    internal static void Quiet(Browser browser, Uri page)
    {
        Assert.Empty(browser.Complaints);
        Assert.All(browser.Requests, address => Assert.True(address.StartsWith(page.AbsoluteUri, StringComparison.Ordinal) || address is "data:,", address));
    }

    internal static async Task<AgentInMemory> Serve(string state)
    {
        var agent = await AgentInMemory.Start(options => options with { Http = new IPEndPoint(IPAddress.Loopback, 0) });
        var (status, events) = PageStates.All[state];
        agent.Report = status;
        foreach (var one in events)
            agent.Happened(one);
        return agent;
    }
}
