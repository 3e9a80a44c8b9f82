using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.Bench;

/// <summary>Plays one situation once, with a pair that is new each time: nothing of a round before is remembered by anybody.</summary>
internal static class Play
{
    /// <summary>So long the site has to answer again before the round is over.</summary>
    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(1);

    public static async Task<Round> Once(Ground ground, Contender contender, Situation situation, int number)
    {
        await ground.SetUp(contender, 2);
        using var programs = contender;
        await Ground.Form(contender, 2);
        await Task.Delay(situation.Warm);
        using var client = ground.NewClient();
        await Until.TrueAsync(() => client.ServedBy == ground[1].Name, "the client is served by the first node");
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(100, 1100)));

        var entry = await ground.Lab.LatestEntry();
        var begun = DateTimeOffset.UtcNow;
        await situation.Act(ground, contender);
        await Outcome(client, situation, ground[2].Name);

        SiteRequest[] requests = [.. client.Requests.Where(r => r.End >= begun)];
        var outage = OutageMs(requests);
        // The one that began last: those before it may have failed later, by their time-out.
        var served = requests is [.., { Ok: true }];
        var assigns = await ground.Lab.History(entry, "assign");
        var moves = assigns.Count(a => a.Status == 201);
        var falseMoves = Math.Max(0, moves - (situation.MustMove || situation.MayMove ? 1 : 0));
        var holder = (int)((await ground.Lab.Holder() ?? NamespaceNetwork.Droplet(0)) - NamespaceNetwork.Droplet(0));
        return new(
            contender.Name, contender.AdvertMs, situation.Name, number, outage, moves > 0 ? Ground.CloudMs : 0,
            assigns.Count, moves, falseMoves, holder is 1 or 2 ? holder : 0, served)
        { Answers = string.Join(' ', assigns.Select(a => a.Status)), RequestMs = assigns is [var first, ..] ? (first.At - begun).TotalMilliseconds : null };
    }

    /// <summary>All stretches without a good answer together, each from the start of its first request to the start of the next good one.</summary>
    public static double OutageMs(IEnumerable<SiteRequest> requests)
    {
        var (sum, began, last) = (TimeSpan.Zero, (DateTimeOffset?)null, (DateTimeOffset?)null);
        foreach (var request in requests.OrderBy(r => r.Start))
        {
            last = request.Start;
            if (!request.Ok)
                began ??= request.Start;
            else if (began is { } since)
                (sum, began) = (sum + (request.Start - since), null);
        }
        return (sum + (began is { } open ? last!.Value - open : TimeSpan.Zero)).TotalMilliseconds;
    }

    private static async Task Outcome(SiteClient client, Situation situation, string successor)
    {
        var end = DateTimeOffset.UtcNow + situation.Watch;
        if (situation.MustMove)
        {
            while (DateTimeOffset.UtcNow < end && client.ServedBy != successor)
                await Task.Delay(20);
            await Task.Delay(s_calm);
        }
        else
        {
            await Task.Delay(situation.Watch);
        }
    }
}
