using FlipAgent.Tests.Control;
using FlipAgent.Tests.Reload;

namespace FlipAgent.Tests.Page;

/// <summary>The page of a real agent process, from its start until it has given up the mastership.</summary>
[Trait("Category", "Browser")]
public sealed class RealAgentPageTests
{
    [NeedsFact("chromium")]
    public async Task What_happens_to_a_real_agent_is_seen_as_it_happens()
    {
        await using var agent = await RunningAgent.Prepare("127.86.1", 15871);
        var alive = Path.Combine(agent.StateDir, "alive");
        await File.WriteAllTextAsync(alive, "");
        agent.Write(agent.Yaml([1, 2], [$"{{name: site, exec: [/usr/bin/test, -e, {alive}], interval: 200ms}}"], "off") + "control:\n  http: 127.0.0.1:15872\n");
        agent.Start();
        await agent.Answers();
        using var peer = new TalkingPeer(agent, 2);
        await using var browser = await Browser.Start();
        var page = new Uri("http://127.0.0.1:15872");
        await browser.Open(page);
        await browser.Becomes("document.querySelector('h1').textContent.startsWith('OK  n1 is master and holds')", 40);
        await browser.Becomes("document.querySelector('#nodes').textContent.includes('n2')");
        File.Delete(alive);
        await browser.Becomes("document.querySelector('h1').className==='critical' && document.querySelector('#checks tr.bad').textContent.includes('down')", 40);
        await browser.Becomes("document.querySelector('#events').textContent.includes('gives up the mastership')");
        Assert.Equal(1, browser.Loads);
        PageTests.Quiet(browser, page);
    }
}
