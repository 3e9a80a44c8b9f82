using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Page;

/// <summary>What changes on the page arrives without a reload or a flash; and the page says when it cannot.</summary>
[Trait("Category", "Browser")]
public sealed class LivePageTests
{
    private const string Note = "document.getElementById('live').textContent";

    // Keeps what was put in and taken out, and a mark on every element.
    private const string Watch = """
        window.marked=document.querySelectorAll('body *').length;
        document.querySelectorAll('body *').forEach(e=>e.mark=true);
        window.came=[];window.went=[];
        new MutationObserver(all=>all.forEach(m=>{m.addedNodes.forEach(n=>n.nodeType===1&&came.push(n.id||n.tagName));m.removedNodes.forEach(n=>n.nodeType===1&&went.push(n.id||n.tagName));}))
          .observe(document.body,{childList:true,subtree:true});
        """;

    [NeedsFact("chromium")]
    public async Task A_change_arrives_without_a_reload_and_what_did_not_change_stays_as_it_is()
    {
        await using var agent = await PageTests.Serve("ok");
        await using var browser = await Browser.Start();
        await browser.Open(agent.Http);
        await browser.Value<object?>(Watch);
        await browser.Value<object?>("document.getElementById('pause').focus();getSelection().selectAllChildren(document.querySelector('#checks tbody th'))");

        agent.Report = Reports.Healthy with { Checks = [Reports.Healthy.Checks[0] with { Detail = "pid 999, active (running)" }, Reports.Healthy.Checks[1]] };
        await browser.Becomes("document.querySelector('#checks').textContent.includes('pid 999')");
        agent.Happened(Reports.Event(8, 7, "peer-heard", "haproxy-2 is heard again"));
        await browser.Becomes("document.querySelector('#event-8')");

        Assert.Equal("[\"event-8\"] []", await browser.Value<string>("JSON.stringify(came)+' '+JSON.stringify(went)"));
        Assert.True(await browser.Value<bool>("[...document.querySelectorAll('body *')].filter(e=>e.mark).length===marked"));
        Assert.Equal("event-8", await browser.Value<string>("document.querySelector('#events tbody tr').id"));
        Assert.Equal("Pause updates/haproxy", await browser.Value<string>("document.activeElement.textContent+'/'+getSelection()"));
        Assert.Equal(1, browser.Loads);
        Assert.Single(browser.Requests, address => address.EndsWith("/live", StringComparison.Ordinal));
        PageTests.Quiet(browser, agent.Http);
    }

    [NeedsFact("chromium")]
    public async Task A_section_comes_and_goes_and_a_screen_reader_is_told_of_the_verdict_only()
    {
        await using var agent = await PageTests.Serve("ok");
        await using var browser = await Browser.Start();
        await browser.Open(agent.Http);
        agent.Report = Reports.TwoAddresses with { Summary = Reports.Healthy.Summary.Replace("1 s ago", "2 s ago") };
        await browser.Becomes("document.getElementById('addresses')?.nextSibling.id==='lease' && document.querySelector('h1').textContent.includes('2 s ago')");
        Assert.Equal("", await browser.Value<string>("document.getElementById('said').textContent"));
        agent.Report = Reports.Degraded;
        await browser.Becomes("document.getElementById('said').textContent.startsWith('DEGRADED') && !document.getElementById('addresses') && document.getElementById('warnings')");
        Assert.Equal("degraded: web-lb", await browser.Value<string>("document.title"));
        PageTests.Quiet(browser, agent.Http);
    }

    [NeedsFact("chromium")]
    public async Task It_can_be_stopped_and_goes_on()
    {
        await using var agent = await PageTests.Serve("ok");
        await using var browser = await Browser.Start();
        await browser.Open(agent.Http);
        await browser.Press("Tab", 9);
        await browser.Press(" ", 32);
        await browser.Becomes($"{Note}==='Updates are paused.' && document.activeElement.textContent==='Resume updates'");
        agent.Report = Reports.Degraded;
        await Task.Delay(TimeSpan.FromSeconds(4.5));
        Assert.Equal("ok", await browser.Value<string>("document.querySelector('h1').className"));
        await browser.Press(" ", 32);
        await browser.Becomes($"document.querySelector('h1').className==='degraded' && {Note}===''");
        PageTests.Quiet(browser, agent.Http);
    }

    [NeedsFact("chromium")]
    public async Task Behind_a_proxy_that_buffers_it_says_so_and_asks_by_itself()
    {
        await using var agent = await PageTests.Serve("ok");
        await using var proxy = new BufferingProxy(agent.Http);
        await using var browser = await Browser.Start();
        await browser.Open(proxy.Address);
        await browser.Becomes($"{Note}.startsWith('Live updates do not arrive: a proxy may be holding them back')");
        agent.Report = Reports.Degraded;
        await browser.Becomes("document.querySelector('h1').className==='degraded'");
        Assert.Equal(1, browser.Loads);
        PageTests.Quiet(browser, proxy.Address);

        proxy.Down = true;
        await browser.Becomes($"{Note}.startsWith('No answer since ')");
        proxy.Down = false;
        agent.Report = Reports.Healthy;
        await browser.Becomes($"document.querySelector('h1').className==='ok' && {Note}.startsWith('Live updates do not arrive')");
    }

    [NeedsFact("chromium")]
    public async Task Without_a_seat_it_says_so_and_asks_by_itself()
    {
        await using var agent = await PageTests.Serve("ok");
        using var client = new HttpClient { BaseAddress = agent.Http };
        List<HttpResponseMessage> others = [];
        for (var i = 0; i < 8; i++)
            others.Add(await client.GetAsync("/live", HttpCompletionOption.ResponseHeadersRead));
        await using var browser = await Browser.Start();
        await browser.Open(agent.Http);
        await browser.Becomes($"{Note}.includes('too many readers follow already')");
        agent.Report = Reports.Degraded;
        await browser.Becomes("document.querySelector('h1').className==='degraded'");
        Assert.All(browser.Complaints, complaint => Assert.Contains("503", complaint));
        others.ForEach(one => one.Dispose());
    }
}
