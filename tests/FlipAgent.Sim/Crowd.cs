using System.Globalization;

namespace FlipAgent.Sim;

/// <summary>
/// Many pairs on one account: what they ask of it while all is well, and what becomes of them when the machines of all masters die in the same second, as in an outage of
/// a part of a region (docs/scale.md).
/// </summary>
internal sealed class Crowd
{
    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(100);
    private readonly TimeSpan _spread;
    private readonly Account _account;
    private readonly List<World> _worlds = [];
    private TimeSpan _now;

    /// <param name="clusters">Pairs with T of 1 s, the guard on.</param>
    /// <param name="hourly">Requests that the account has in an hour.</param>
    /// <param name="spread">Within so long all of them are started: a start asks ten times.</param>
    public Crowd(int clusters, long hourly, TimeSpan spread)
    {
        _spread = spread;
        _account = new Account(hourly);
        var dice = new Dice(1);
        for (var i = 0; i < clusters; i++)
        {
            var world = new World(new Plan { Nodes = Plan.MakeNodes(150, 140) }, dice.Next(), Detail.Off) { Account = _account };
            world.Cloud.PlaceFirst(101);
            foreach (var node in world.Nodes)
                world.After(dice.Between(TimeSpan.Zero, spread), node.StartAgent);
            _worlds.Add(world);
        }
    }

    /// <summary>What came of it.</summary>
    /// <param name="PerHour">Requests an hour of all pairs together while all was well.</param>
    /// <param name="Moved">When each address had moved after the outage, in order; shorter than the number of clusters when some had not within the time.</param>
    public sealed record Result(int Clusters, double PerHour, IReadOnlyList<TimeSpan> Moved, int AskedInOutage, int Refused)
    {
        public string Row => string.Create(CultureInfo.InvariantCulture,
            $"| {Clusters} | {PerHour:0} | {PerHour / Clusters:0.0} | {At(0.5)} | {At(0.9)} | {At(0.99)} | {At(1)} | {(double)AskedInOutage / Clusters:0.0} | {Refused} |");

        private string At(double share) => Math.Max((int)Math.Ceiling(Clusters * share) - 1, 0) is var i && i < Moved.Count
            ? Moved[i].TotalSeconds.ToString(Moved[i].TotalSeconds < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + " s"
            : "-";
    }

    public const string Head = "| pairs | requests an hour, all well | for each pair | half moved after | 90 % | 99 % | the last | requests for each pair | refused (429) |\n|---|---|---|---|---|---|---|---|---|";

    /// <summary>Peace for so long that what the starts asked is no longer counted, and half an hour more; then the outage, then at most <paramref name="patience"/>.</summary>
    public Result Run(TimeSpan patience)
    {
        RunUntil(_spread + TimeSpan.FromMinutes(75));
        var (before, from) = (_account.Accepted, _now);
        RunUntil(_now + TimeSpan.FromMinutes(30));
        var perHour = (_account.Accepted - before) / (_now - from).TotalHours;

        var (outage, accepted, refused) = (_now, _account.Accepted, _account.Refused);
        var open = _worlds.Where(w => w.Nodes.Any(n => n is { Runs: true, IsMaster: true })).ToList();
        open.ForEach(w => w.Nodes.Single(n => n is { Runs: true, IsMaster: true }).PowerOff());
        var moved = new List<TimeSpan>();
        while (open.Count > 0 && _now < outage + patience)
        {
            RunUntil(_now + s_slice);
            moved.AddRange(Enumerable.Repeat(_now - outage, open.RemoveAll(w => w.IsServed)));
        }
        return new Result(_worlds.Count, perHour, moved, _account.Accepted - accepted, _account.Refused - refused);
    }

    /// <summary>All worlds in step, so that they meet at the account in the order of time.</summary>
    private void RunUntil(TimeSpan end)
    {
        while (_now < end)
        {
            _now += s_slice;
            foreach (var world in _worlds)
                world.RunUntil(_now);
        }
    }
}
